using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Python's <c>textwrap</c>, as the filter <c>wordwrap</c> calls it for one line: tabs and blanks are unchanged.</summary>
internal sealed partial class PythonTextWrap(long width, bool breaksLongWords, bool breaksOnHyphens)
{
    public List<object?> Wrap(JinjaRun run, JinjaString line)
    {
        if (width <= 0)
        {
            throw new JinjaFault("wordwrap needs a width above zero");
        }
        var chunks = new Stack<JinjaString>(Chunks(line).Reverse());
        var lines = new List<object?>();
        while (chunks.Count > 0)
        {
            run.Spend(1);
            if (lines.Count > 0 && PythonText.IsBlank(chunks.Peek().Text))
            {
                chunks.Pop();
            }
            List<JinjaString> taken = [];
            long length = 0;
            while (chunks.Count > 0 && length + PythonText.Length(chunks.Peek().Text) <= width)
            {
                taken.Add(chunks.Pop());
                length += PythonText.Length(taken[^1].Text);
            }
            if (chunks.Count > 0 && PythonText.Length(chunks.Peek().Text) > width)
            {
                TakeLongWord(chunks, taken, width - length);
            }
            if (taken.Count > 0 && PythonText.IsBlank(taken[^1].Text))
            {
                taken.RemoveAt(taken.Count - 1);
            }
            if (taken.Count > 0)
            {
                lines.Add(JinjaMethods.Join(run, [.. taken], JinjaString.Empty, strict: true));
            }
        }
        return lines;
    }

    private void TakeLongWord(Stack<JinjaString> chunks, List<JinjaString> taken, long left)
    {
        if (!breaksLongWords)
        {
            if (taken.Count == 0)
            {
                taken.Add(chunks.Pop());
            }
            return;
        }
        JinjaString word = chunks.Pop();
        int end = PythonText.Offset(word.Text, 0, left);
        if (breaksOnHyphens && end > 0)
        {
            // At the last hyphen that fits, unless only hyphens are before it.
            int hyphen = word.Text.LastIndexOf('-', end - 1);
            end = hyphen > 0 && word.Text[..hyphen].Any(c => c != '-') ? hyphen + 1 : end;
        }
        taken.Add(word.Slice(0, end));
        chunks.Push(word.Slice(end, word.Length));
    }

    private IEnumerable<JinjaString> Chunks(JinjaString line)
    {
        int at = 0;
        foreach (Match match in (breaksOnHyphens ? Words() : Blanks()).Matches(line.Text))
        {
            if (match.Index > at)
            {
                yield return line.Slice(at, match.Index);
            }
            if (match.Length > 0)
            {
                yield return line.Slice(match.Index, match.Index + match.Length);
            }
            at = match.Index + match.Length;
        }
        if (at < line.Length)
        {
            yield return line.Slice(at, line.Length);
        }
    }

    [GeneratedRegex(@"[\t\n\v\f\r ]+")]
    private static partial Regex Blanks();

    // Blanks; a dash of several hyphens between words; a word up to a hyphen inside it, a blank, a dash, or the end.
    [GeneratedRegex(
        @"[\t\n\v\f\r ]+|(?<=[\w!""'&.,?])-{2,}(?=\w)|[^\t\n\v\f\r ]+?(?:-(?:(?<=[^\d\W]{2}-)|(?<=[^\d\W]-[^\d\W]-))(?=[^\d\W]-?[^\d\W])"
        + @"|(?=[\t\n\v\f\r ]|\z)|(?<=[\w!""'&.,?])(?=-{2,}\w))")]
    private static partial Regex Words();
}
