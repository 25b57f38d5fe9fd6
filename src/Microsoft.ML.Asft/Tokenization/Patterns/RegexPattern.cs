using System.Text.RegularExpressions;

namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>A regular expression over code points.</summary>
/// <remarks>
/// .NET's expressions match UTF-16 units. Most texts have no surrogates, so a unit is a code point. Other texts are searched in
/// a form where each character beyond U+FFFF is also one unit, see <see cref="StandIns"/>.
/// </remarks>
internal sealed class RegexPattern : TextPattern
{
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(10);

    private readonly string _source;
    private readonly TimeSpan _timeout;
    private readonly Regex _basic;
    private readonly Lazy<(Regex Regex, StandIns StandIns)> _beyond;

    /// <param name="source">The original pattern, for messages.</param>
    /// <param name="translated">The pattern for .NET.</param>
    /// <param name="timeout">The time limit for one match; 10 seconds by default.</param>
    /// <exception cref="ArgumentException">.NET does not understand the translated pattern.</exception>
    public RegexPattern(string source, TranslatedPattern translated, TimeSpan? timeout = null)
    {
        _source = source;
        _timeout = timeout ?? UsualTimeout;
        _basic = Compile(translated.Write());
        _beyond = new(() =>
        {
            StandIns standIns = new(translated.Sets);
            return (Compile(translated.Write(standIns)), standIns);
        });
    }

    /// <summary>A pattern in Oniguruma's syntax.</summary>
    /// <exception cref="NotSupportedException">It uses something that is not supported; the message says what.</exception>
    /// <exception cref="FormatException">It is malformed.</exception>
    public static RegexPattern FromOniguruma(string source) => new(source, OnigurumaPattern.Translate(source));

    public override List<(int Start, int Length)> Matches(ReadOnlySpan<char> text)
    {
        List<(int Start, int Length)> matches = new(text.Length / 4);
        try
        {
            if (!text.ContainsAnyInRange('\uD800', '\uDFFF'))
            {
                AddMatches(_basic, text, matches);
                return matches;
            }

            (Regex regex, StandIns standIns) = _beyond.Value;
            StandInText replaced = new(text, standIns);
            AddMatches(regex, replaced.Text, matches);
            replaced.TranslateBack(matches);
            return matches;
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new InvalidOperationException(
                $"The tokenizer's pattern '{_source}' takes more than {_timeout.TotalSeconds} s on a text of {text.Length:N0} " +
                "characters. Split the text, or use a tokenizer.json with a simpler pattern.",
                exception);
        }
    }

    private Regex Compile(string pattern) =>
        new(pattern, RegexOptions.Compiled | RegexOptions.CultureInvariant | RegexOptions.Multiline, _timeout);

    private static void AddMatches(Regex regex, ReadOnlySpan<char> text, List<(int Start, int Length)> matches)
    {
        int end = -1;
        foreach (ValueMatch match in regex.EnumerateMatches(text))
        {
            // As in Hugging Face's library, an empty match directly after another match does not count.
            if (match.Length > 0 || match.Index != end)
            {
                matches.Add((match.Index, match.Length));
                end = match.Index + match.Length;
            }
        }
    }
}
