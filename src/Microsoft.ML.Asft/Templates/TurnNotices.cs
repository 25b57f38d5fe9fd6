using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Templates.Jinja;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Templates;

/// <summary>Warnings about what a template does with the assistant's words.</summary>
internal sealed class TurnNotices(string template)
{
    private readonly List<string> _all = [];

    public IReadOnlyList<string> All => _all;

    /// <summary>Warns about words that the template leaves out.</summary>
    public void AddDropped(PromptMessage message, int index, JinjaString rendering)
    {
        AddDropped("content", message.Content, index, rendering);
        foreach ((string name, JsonNode? value) in message.Fields ?? [])
        {
            if (value?.GetValueKind() == JsonValueKind.String && name is "reasoning_content" or "reasoning" or "thinking" or "thoughts")
            {
                AddDropped(name, value!.GetValue<string>(), index, rendering);
            }
        }
    }

    /// <summary>Warns about a beginning of completions that training does not have.</summary>
    public void AddUnseen(string text)
    {
        if (!PythonText.IsBlank(text))
        {
            Add($"the template '{template}' begins completions with '{text.Replace("\n", "\\n", StringComparison.Ordinal)}', which these turns do not begin with in training");
        }
    }

    private void AddDropped(string field, string text, int index, JinjaString rendering)
    {
        JinjaTrace[] copies = [.. rendering.Traces.Where(trace => trace.Source is { } source && source.Message == index && source.Field == field)];
        if (Array.Exists(copies, copy => copy.Offset < 0))
        {
            return;
        }
        bool[] written = new bool[text.Length];
        foreach (JinjaTrace copy in copies)
        {
            int end = Math.Min(copy.Offset + copy.End - copy.Start, text.Length);
            written.AsSpan(Math.Min(copy.Offset, end), Math.Max(0, end - copy.Offset)).Fill(true);
        }
        // The words around a thought are marks. Losing them is harmless.
        if (text.Where((c, i) => !written[i]).Any(char.IsLetterOrDigit))
        {
            Add($"the template '{template}' leaves out words of the assistant, which are not learnt ('{field}')");
        }
    }

    private void Add(string notice)
    {
        if (!_all.Contains(notice))
        {
            _all.Add(notice);
        }
    }
}
