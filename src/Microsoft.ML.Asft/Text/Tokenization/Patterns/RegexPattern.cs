using System.Text.RegularExpressions;

namespace Microsoft.ML.Asft.Text;

/// <summary>A regular expression over code points.</summary>
/// <remarks>
/// .NET's expressions look at UTF-16 units. A text with characters beyond U+FFFF is therefore searched in a form where each of
/// them is one unit, see <see cref="BasicPlaneText"/>.
/// </remarks>
internal sealed class RegexPattern : TextPattern
{
    private static readonly TimeSpan UsualPatience = TimeSpan.FromSeconds(10);

    private readonly Regex _regex;
    private readonly string _source;

    /// <param name="source">The pattern as the tokenizer's author wrote it, for messages.</param>
    /// <param name="translated">The same in .NET's syntax.</param>
    /// <param name="patience">How long to look for one match; 10 seconds by default.</param>
    /// <exception cref="ArgumentException">.NET does not understand the translated pattern.</exception>
    public RegexPattern(string source, string translated, TimeSpan? patience = null)
    {
        _source = source;
        const RegexOptions Options = RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.Multiline;
        _regex = new Regex(translated, Options, patience ?? UsualPatience);
    }

    public override List<(int Start, int Length)> Matches(ReadOnlySpan<char> text)
    {
        List<(int Start, int Length)> matches = new(text.Length / 4);
        try
        {
            if (!text.ContainsAnyInRange('\uD800', '\uDFFF'))
            {
                AddMatches(text, matches);
                return matches;
            }

            BasicPlaneText basic = new(text);
            AddMatches(basic.Text, matches);
            basic.TranslateBack(matches);
            return matches;
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new InvalidOperationException(
                $"The tokenizer's pattern '{_source}' takes more than {_regex.MatchTimeout.TotalSeconds} s on a text of {text.Length:N0} " +
                "characters. Split the text, or use a tokenizer.json with a simpler pattern.",
                exception);
        }
    }

    private void AddMatches(ReadOnlySpan<char> text, List<(int Start, int Length)> matches)
    {
        foreach (ValueMatch match in _regex.EnumerateMatches(text))
        {
            matches.Add((match.Index, match.Length));
        }
    }
}
