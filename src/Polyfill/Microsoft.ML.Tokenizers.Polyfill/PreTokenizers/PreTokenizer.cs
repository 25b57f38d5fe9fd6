using System.Text.RegularExpressions;

namespace Microsoft.ML.Tokenizers;

public abstract partial class PreTokenizer
{
    private const int TimeoutInMilliseconds = 30_000;

    private static readonly RegexPreTokenizer WordOrPunctuation = new(WordOrPunctuationRegex(), null);
    private static readonly RegexPreTokenizer WordOrNonWord = new(WordOrNonWordRegex(), null);
    private static readonly RegexPreTokenizer WhiteSpace = new(WhiteSpaceRegex(), null);

    public abstract IEnumerable<(int Offset, int Length)> PreTokenize(string text);

    public abstract IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text);

    public static PreTokenizer CreateWordOrPunctuation(IReadOnlyDictionary<string, int>? specialTokens = null) =>
        specialTokens is null ? WordOrPunctuation : new RegexPreTokenizer(WordOrPunctuationRegex(), specialTokens);

    public static PreTokenizer CreateWordOrNonWord(IReadOnlyDictionary<string, int>? specialTokens = null) =>
        specialTokens is null ? WordOrNonWord : new RegexPreTokenizer(WordOrNonWordRegex(), specialTokens);

    public static PreTokenizer CreateWhiteSpace(IReadOnlyDictionary<string, int>? specialTokens = null) =>
        specialTokens is null ? WhiteSpace : new RegexPreTokenizer(WhiteSpaceRegex(), specialTokens);

    [GeneratedRegex(@"\w+|[\p{P}]", RegexOptions.None, TimeoutInMilliseconds)]
    private static partial Regex WordOrPunctuationRegex();

    [GeneratedRegex(@"\w+|[^\w\s]+", RegexOptions.None, TimeoutInMilliseconds)]
    private static partial Regex WordOrNonWordRegex();

    [GeneratedRegex(@"\S+", RegexOptions.None, TimeoutInMilliseconds)]
    private static partial Regex WhiteSpaceRegex();
}
