using System.Text.RegularExpressions;

namespace Microsoft.ML.Tokenizers;

public sealed class RegexPreTokenizer : PreTokenizer
{
    private readonly Regex _regex;
    private readonly Regex? _specialTokens;

    public RegexPreTokenizer(Regex regex, IReadOnlyDictionary<string, int>? specialTokens)
    {
        ArgumentNullException.ThrowIfNull(regex);
        _regex = regex;
        if (specialTokens is { Count: > 0 })
        {
            _specialTokens = new Regex(string.Join('|', specialTokens.Keys.Select(Regex.Escape)), RegexOptions.Compiled);
        }
    }

    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text) =>
        string.IsNullOrEmpty(text) ? [] : Split(text);

    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) =>
        text.IsEmpty ? [] : Split(text.ToString());

    // What no pattern matches is left out, as in the real one.
    private IEnumerable<(int Offset, int Length)> Split(string text)
    {
        int start = 0;
        while (_specialTokens is not null && TryMatch(_specialTokens, text, start, text.Length, out var special))
        {
            while (TryMatch(_regex, text, start, special.Offset, out var match))
            {
                yield return match;
                start = match.Offset + match.Length;
            }

            yield return special;
            start = special.Offset + special.Length;
        }

        while (TryMatch(_regex, text, start, text.Length, out var match))
        {
            yield return match;
            start = match.Offset + match.Length;
        }
    }

    // The pattern sees text[start..end] alone: anchors and look-behind do not reach outside it.
    private static bool TryMatch(Regex regex, string text, int start, int end, out (int Offset, int Length) match)
    {
        foreach (ValueMatch found in regex.EnumerateMatches(text.AsSpan(start, end - start)))
        {
            match = (start + found.Index, found.Length);
            return found.Length > 0;
        }

        match = default;
        return false;
    }
}
