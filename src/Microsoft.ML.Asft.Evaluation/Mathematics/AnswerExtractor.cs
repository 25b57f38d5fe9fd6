using System.Text.RegularExpressions;

namespace Microsoft.ML.Asft.Evaluation.Mathematics;

/// <summary>Finds the answer in a worked solution.</summary>
public static partial class AnswerExtractor
{
    /// <summary>
    /// Takes the last <c>\boxed{…}</c>; else the text after the last <c>####</c>; else the text after the last "the answer
    /// is"; else the last number.
    /// </summary>
    /// <param name="solution">The solution.</param>
    /// <returns>The answer as text, or <see langword="null"/> if there is none.</returns>
    public static string? Extract(string solution)
    {
        ArgumentNullException.ThrowIfNull(solution);
        return Boxed(solution) ?? Marked(solution) ?? Said(solution) ?? LastNumber(solution);
    }

    // Braces may be nested. A box that is never closed, as in a truncated completion, does not count.
    private static string? Boxed(string solution)
    {
        for (int at = solution.Length; at > 0 && LastBox(solution, at) is { } box; at = box.Start)
        {
            int depth = 1;
            for (int i = box.End; i < solution.Length; i++)
            {
                depth += solution[i] == '\\' ? Skip(ref i) : solution[i] == '{' ? 1 : solution[i] == '}' ? -1 : 0;
                if (depth == 0)
                {
                    return Found(solution[box.End..i]) ?? "";
                }
            }
        }

        return null;

        static int Skip(ref int i)
        {
            i++;
            return 0;
        }
    }

    private static (int Start, int End)? LastBox(string solution, int before)
    {
        int start = Math.Max(Last(@"\boxed"), Last(@"\fbox"));
        int open = start < 0 ? -1 : solution.AsSpan(start, Math.Min(solution.Length - start, 12)).IndexOf('{');
        return start < 0 ? null : open < 0 ? LastBox(solution, start) : (start, start + open + 1);

        int Last(string command) => solution.LastIndexOf(command, before - 1, StringComparison.Ordinal);
    }

    private static string? Marked(string solution)
    {
        int at = solution.LastIndexOf("####", StringComparison.Ordinal);
        return at < 0 ? null : Found(FirstLine(solution[(at + 4)..].TrimStart(' ', '#')));
    }

    private static string? Said(string solution)
    {
        var match = AnswerIs().Match(solution);
        Match? last = null;
        for (; match.Success; match = match.NextMatch())
        {
            last = match;
        }

        if (last is null)
        {
            return null;
        }

        string said = FirstLine(solution[(last.Index + last.Length)..].TrimStart(' ', ':', '\n', '*', '='));
        string sentence = SentenceEnd().Split(said, 2)[0];
        return Found(sentence.Trim(' ', '*', '.'));
    }

    private static string? LastNumber(string solution)
    {
        Match? last = null;
        foreach (Match match in Number().Matches(solution))
        {
            last = match;
        }

        return last is null ? null : Found(last.Value);
    }

    private static string FirstLine(string text) => text.Split('\n', 2)[0];

    private static string? Found(string text) => text.Trim() is { Length: > 0 } answer ? answer : null;

    [GeneratedRegex(@"\b(?:answer\s+is|answer\s*:|answer\s*=)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex AnswerIs();

    // A full stop that ends a sentence, not a decimal point.
    [GeneratedRegex(@"\.(?:\s|$)|\s(?:because|since)\s", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex SentenceEnd();

    [GeneratedRegex(@"-?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?%?|-?\.\d+", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Number();
}
