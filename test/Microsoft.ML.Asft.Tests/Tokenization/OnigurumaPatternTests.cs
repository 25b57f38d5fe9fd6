using Microsoft.ML.Asft.Tokenization.Normalizers;
using Microsoft.ML.Asft.Tokenization.Patterns;
using Microsoft.ML.Asft.Tokenization.PreTokenizers;

namespace Microsoft.ML.Asft.Tests.Tokenization;

public class OnigurumaPatternTests
{
    // The split patterns of published tokenizers.
    [Theory]
    [InlineData(@"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        "I'LL pay 12345 \n\n now!", "I|'LL| pay| |123|45| \n\n| now|!")]
    [InlineData(@"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s",
        "don't 1234567 ok  ", "don|'t| |1234567| ok|  ")]
    [InlineData(
        @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s+",
        "_init (x-y) + 3", "_init| (|x|-y|)| +| |3")]
    public void Patterns_of_published_tokenizers_split_as_they_should(string pattern, string text, string expected)
    {
        PatternSplitter splitter = new(RegexPattern.FromOniguruma(pattern), SplitBehavior.Isolated);
        Assert.Equal(expected, string.Join('|', splitter.PreTokenize(text).Select(piece => text.Substring(piece.Offset, piece.Length))));
    }

    // Answers of Hugging Face's library.
    [Theory]
    [InlineData("a\u200Cb", "X\u200Cb")]
    [InlineData("a\u200Db", "X\u200Db")]
    [InlineData("a\u0903", "a\u0903")]
    [InlineData("a\u24BD", "a\u24BD")]
    [InlineData("a\u00B2", "a\u00B2")]
    [InlineData("z\u00B2", "Y")]
    [InlineData("z\u24BD", "Y")]
    [InlineData("a\u2460", "X\u2460")]
    [InlineData("a\U0001F130", "a\U0001F130")]
    [InlineData("a\u00BD", "a\u00BD")]
    [InlineData("z\u203F", "Y")]
    [InlineData("a😀", "X😀")]
    public void Word_characters_are_those_of_Oniguruma(string text, string expected)
    {
        ReplaceNormalizer boundary = new(RegexPattern.FromOniguruma(@"a\b"), "X");
        ReplaceNormalizer word = new(RegexPattern.FromOniguruma(@"z\w"), "Y");
        Assert.Equal(expected, word.Normalize(boundary.Normalize(text)));
    }

    [Theory]
    [InlineData("[一-龥ࠀ-一가-퟿]+", " 😀", "")]
    [InlineData("[一-龥ࠀ-一가-퟿]+", "a中ࠀ😀가", "中ࠀ,가")]
    [InlineData("[𐐀-𐑏]+", "𐐀𐐨a𐑏", "𐐀𐐨,𐑏")]
    [InlineData("[^\\p{Han}]+", "中😀𠀀x", "😀,x")]
    [InlineData("[\\p{L}&&[^\\p{Han}]]+", "ab漢𝔘c", "ab,𝔘c")]
    [InlineData("(?<=😀).", "a😀bc😀", "b")]
    public void Sets_are_sets_of_code_points(string pattern, string text, string expected) => Assert.Equal(
        expected,
        string.Join(',', RegexPattern.FromOniguruma(pattern).Matches(text).Select(match => text.Substring(match.Start, match.Length))));

    [Theory]
    [InlineData("a++b", "(?>a+)b")]
    [InlineData("[ab]?+c", @"(?>[\u0061-\u0062]?)c")]
    [InlineData("(ab|c)*+", "(?>(?:ab|c)*)")]
    [InlineData("a{2,3}+", "(?:a{2,3})+")]
    [InlineData("a{,3}", "a{0,3}")]
    [InlineData("a{2}?", "(?:a{2})?")]
    [InlineData("a{2,}?", "a{2,}?")]
    [InlineData("a{x}", @"a\{x}")]
    [InlineData(@"\p{^L}\x41\x{3042}", @"[^\p{L}]Aあ")]
    [InlineData(@"[^\r\n\p{L}\p{N}]", @"[^\p{L}\p{N}\u000A\u000D]")]
    [InlineData(@" ?[^\s\p{L}\p{N}]+", @"\ ?[^\s\p{L}\p{N}]+")]
    [InlineData(@"(?i:'s)", @"(?:'[\u0053\u0073\u017F])")]
    [InlineData("(?<x>a)", "(?:a)")]
    [InlineData("(?#note)a", "a")]
    [InlineData(@"\-\#\/", @"-\#/")]
    public void Syntax_that_differs_is_translated(string pattern, string expected) =>
        Assert.Equal(expected, OnigurumaPattern.Translate(pattern).Write());

    [Theory]
    [InlineData("[[:alpha:]]", "'[:alpha:]'")]
    [InlineData(@"\p{Emoji}", "'Emoji'")]
    [InlineData(@"\X", @"'\X'")]
    [InlineData(@"\xE9", @"'\xE9'")]
    [InlineData("(?i:ß)", "'ß'")]
    [InlineData("(?i:ss)", "'s'")]
    [InlineData(@"(?i:[\p{L}])", "'ß'")]
    [InlineData("a{3,1}", "'{3,1}'")]
    [InlineData(@"(a)\1", @"'\1'")]
    [InlineData("(?x:a)", "'(?x'")]
    [InlineData("(?~a)", "'(?~'")]
    public void Syntax_without_a_counterpart_is_refused_by_name(string pattern, string named) =>
        Assert.Contains(named, Assert.Throws<NotSupportedException>(() => OnigurumaPattern.Translate(pattern)).Message);

    [Theory]
    [InlineData("(a")]
    [InlineData("a)")]
    [InlineData("[a")]
    [InlineData("*a")]
    [InlineData(@"a\")]
    [InlineData(@"\p{L")]
    [InlineData(@"\x{zz}")]
    public void Malformed_patterns_are_refused(string pattern) =>
        Assert.Throws<FormatException>(() => OnigurumaPattern.Translate(pattern));

    [Fact]
    public void Patterns_that_are_too_long_or_too_deep_are_refused()
    {
        Assert.Throws<NotSupportedException>(() => OnigurumaPattern.Translate(new string('a', 100_000)));
        Assert.Throws<NotSupportedException>(() => OnigurumaPattern.Translate(new string('(', 10_000)));
    }
}
