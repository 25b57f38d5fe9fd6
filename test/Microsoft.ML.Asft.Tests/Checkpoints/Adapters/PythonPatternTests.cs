using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Checkpoints.Adapters;

namespace Microsoft.ML.Asft.Tests.Checkpoints.Adapters;

/// <summary>Expected results are those of Python 3.11's <c>re.fullmatch</c>.</summary>
public sealed class PythonPatternTests
{
    [Theory]
    [InlineData(@"model\.layers\.(?P<layer>\d+)\.self_attn\.(?P<what>q|v)_proj", "model.layers.12.self_attn.q_proj", true)]
    [InlineData(@"model\.layers\.(?P<layer>\d+)\.self_attn\.(?P<what>q|v)_proj", "model.layers.12.self_attn.k_proj", false)]
    [InlineData(@"(?P<a>.)(?P=a)", "xx", true)]
    [InlineData(@"(?P<a>.)(?P=a)", "xy", false)]
    [InlineData(@"(?P<a>x)(y)\1", "xyx", true)]
    [InlineData(@"(?P<a>x)(y)\2", "xyx", false)]
    [InlineData(@"(?P<a>x)?(?(a)y|z)", "xy", true)]
    [InlineData(@"(?P<a>x)?(?(a)y|z)", "z", true)]
    [InlineData(@"(?P<a>x)?(?(a)y|z)", "xz", false)]
    [InlineData(@"(x)?(?(1)y|z)", "xy", true)]
    [InlineData(@"a++b", "aaab", true)]
    [InlineData(@"a++ab", "aaab", false)]
    [InlineData(@"(?:ab)*+ab", "abab", false)]
    [InlineData(@"[ab]?+a", "a", false)]
    [InlineData(@"[0-9]{1,2}+5", "15", false)]
    [InlineData(@"[0-9]{1,2}5", "15", true)]
    [InlineData(@"a{,2}", "aa", true)]
    [InlineData(@"a{,2}", "aaa", false)]
    [InlineData(@"a{,2}", "", true)]
    [InlineData(@"a{x}", "a{x}", true)]
    [InlineData(@"a{,}", "aaaaa", true)]
    [InlineData(@"a{}", "a{}", true)]
    [InlineData(@"(?:a|(b))(?(1)c|d)++", "ad", true)]
    [InlineData(@"x\Z", "x", true)]
    [InlineData(@"[a-z-[aeiou]]", "a]", true)]
    [InlineData(@"[a-z-[aeiou]]", "b", false)]
    [InlineData(@"[[a]+", "[a", true)]
    [InlineData(@"[]a]+", "]a", true)]
    [InlineData(@"[^]a]+", "bc", true)]
    [InlineData(@"[\]a]+", "]a", true)]
    [InlineData(@"(?a:\w+)", "q_proj", true)]
    [InlineData(@"(?i)Q_PROJ", "q_proj", true)]
    [InlineData(@"(?iu)Q_PROJ", "q_proj", true)]
    [InlineData(@"(?i:Q)_proj", "q_proj", true)]
    [InlineData(@"(?i:Q)_PROJ", "q_proj", false)]
    [InlineData(@"(?#the queries)q_proj", "q_proj", true)]
    [InlineData(@"(?!v).*_proj", "q_proj", true)]
    [InlineData(@"(?!v).*_proj", "v_proj", false)]
    [InlineData(@".*(?<=q)_proj", "q_proj", true)]
    [InlineData(@".*(?<!q)_proj", "q_proj", false)]
    [InlineData(@"(?>a+)ab", "aaab", false)]
    [InlineData(@"\(\[\{", "([{", true)]
    [InlineData(@"a*?b+?", "aab", true)]
    public void A_pattern_matches_what_it_matches_in_Python(string pattern, string text, bool matches) =>
        Assert.Equal(matches, Regex.IsMatch(text, $@"\A(?:{PythonPattern.ToDotNet(pattern)})\z"));

    [Theory]
    [InlineData(@"(?P=b)")]
    [InlineData(@"(?P<>a)")]
    [InlineData(@"(?P<a")]
    [InlineData(@"(?Pa)")]
    [InlineData(@"\N{BULLET}")]
    [InlineData(@"(?L)a")]
    [InlineData(@"[a")]
    [InlineData(@"a\")]
    [InlineData(@"(?#a")]
    public void What_cannot_be_written_otherwise_is_said(string pattern) =>
        Assert.NotEmpty(Assert.Throws<FormatException>(() => PythonPattern.ToDotNet(pattern)).Message);

    [Theory]
    [InlineData("(")]
    [InlineData(")")]
    [InlineData("a**")]
    [InlineData("[z-a]")]
    [InlineData("(?P<a>")]
    [InlineData("(?")]
    [InlineData("+")]
    public void What_is_no_regular_expression_has_a_problem_and_what_is_has_none(string pattern)
    {
        Assert.NotNull(ModulePattern.ProblemOf(pattern));
        Assert.Null(ModulePattern.ProblemOf(Regex.Escape(pattern)));
    }
}
