using Microsoft.ML.Asft.Text;

namespace Microsoft.ML.Asft.Tests.Text;

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
