using System.Text;
using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>Ollama's <c>Modelfile</c>: the file to load, the template of a conversation, and the stop texts.</summary>
internal static class Modelfile
{
    public const string Name = "Modelfile";

    /// <param name="file">The GGUF file's name.</param>
    /// <param name="baseModel">The base model, if the file is only an adapter.</param>
    /// <param name="template">The prompt template.</param>
    /// <param name="begin">The text of the token that llama.cpp puts before every text; empty if it puts none.</param>
    /// <param name="stops">The texts that end a completion, the end of a sequence last.</param>
    /// <param name="warnings">Receives warnings about what the file cannot express.</param>
    public static string Write(
        string file, string? baseModel, PromptTemplate template, string begin, IReadOnlyList<string> stops, ICollection<string> warnings)
    {
        var text = new StringBuilder();
        text.Append(baseModel is null ? $"FROM ./{file}\n" : $"FROM {baseModel}\nADAPTER ./{file}\n");
        string end = template.EndOfTurn is null ? stops[^1] : "";  // it then follows each of the assistant's turns
        if ((TurnTexts.Of(template, end) is { } turns ? ToGo(turns, begin) : SingleTurn(template, begin)) is { } go)
        {
            text.Append($"TEMPLATE \"\"\"{go}\"\"\"\n");
        }
        else
        {
            warnings.Add(
                $"The prompt template '{template.Name}' cannot be written as the Modelfile's TEMPLATE, because its turns depend on each other. Ollama "
                + "then makes its own of the chat template in the GGUF file; compare what it writes (ollama show --template).");
        }

        foreach (string stop in stops.Distinct())
        {
            text.Append($"PARAMETER stop {Quote(stop)}\n");
        }

        return text.ToString();
    }

    // If there is no chat template either, only a single turn can be written.
    private static string? SingleTurn(PromptTemplate template, string begin) =>
        template.JinjaText is null && TurnTexts.AroundPrompt(template) is var (before, after) && Speakable(before, after)
            ? $$$"""{{{WithoutBegin(before, begin)}}}{{ .Prompt }}{{{after}}}"""
            : null;

    private static string? ToGo(TurnTexts turns, string begin)
    {
        string first = WithoutBegin(turns.First, begin);
        string system = turns.BeforeSystem is { } before
            ? $$$"""{{ else if eq .Role "system" }}{{{WithoutBegin(before, begin)}}}{{ .Content }}{{{turns.AfterSystem}}}"""
            : "";
        string once = first.Length > 0 ? $$$"""{{ if eq $i 0 }}{{{first}}}{{ end }}""" : "";
        return !Speakable(first, turns.BeforeUser, turns.AfterUser, turns.AfterAssistant, turns.BeforeSystem ?? "", turns.AfterSystem ?? "") ? null
            : $$$"""{{ range $i, $_ := .Messages }}{{ if eq .Role "user" }}{{{once}}}{{{turns.BeforeUser}}}{{ .Content }}{{{turns.AfterUser}}}"""
                + $$$"""{{ else if eq .Role "assistant" }}{{ .Content }}{{{turns.AfterAssistant}}}{{{system}}}{{ end }}{{ end }}""";
    }

    // Whether texts can be written in a Modelfile unchanged.
    private static bool Speakable(params ReadOnlySpan<string> parts)
    {
        foreach (string part in parts)
        {
            if (part.Contains("{{", StringComparison.Ordinal) || part.Contains("\"\"\"", StringComparison.Ordinal))
            {
                return false;
            }
        }

        return true;
    }

    private static string WithoutBegin(string text, string begin) => text.StartsWith(begin, StringComparison.Ordinal) ? text[begin.Length..] : text;

    private static string Quote(string text) =>
        text.AsSpan().ContainsAny('\n', '"') ? $"\"\"\"{text}\"\"\"" : $"\"{text}\"";
}
