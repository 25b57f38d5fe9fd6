using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Asft.Evaluation.Mathematics;

namespace Microsoft.ML.Asft.Evaluation.Tests.Mathematics;

public class MathGraderTests
{
    private static readonly MathGrader Grader = new();

    private static readonly (bool AreEqual, string A, string B)[] Pairs =
    [
        .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Mathematics", "pairs.tsv"))
            .Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t')).Select(c => (c[0] == "=", c[1], c[2])),
    ];

    [Fact]
    public void Every_pair_gets_its_verdict_in_both_orders()
    {
        Assert.True(Pairs.Length >= 400, $"There are only {Pairs.Length} pairs.");
        Assert.InRange(Pairs.Count(p => p.AreEqual), 150, Pairs.Length - 150);
        string[] wrong =
        [
            .. Pairs.Where(p => Grader.AreEquivalent(p.A, p.B) != p.AreEqual)
                .Select(p => $"{p.A} and {p.B} are {(p.AreEqual ? "equal" : "not equal")}"),
            .. Pairs.Where(p => Grader.AreEquivalent(p.B, p.A) != p.AreEqual)
                .Select(p => $"turned round: {p.B} and {p.A} are {(p.AreEqual ? "equal" : "not equal")}"),
        ];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void An_expression_is_itself_however_it_is_spaced_and_spelled() => Check.One(
        Quiet(300), Prop.ForAll(
            Expressions.ToArbitrary(), e => Grader.AreEquivalent(e.Latex, e.Spaced) && Grader.AreEquivalent(e.Latex, e.Ascii)));

    [Fact]
    public void Grading_is_symmetric() => Check.One(
        Quiet(300),
        Prop.ForAll(Expressions.Two().ToArbitrary(), pair =>
            Grader.AreEquivalent(pair.Item1.Latex, pair.Item2.Ascii) == Grader.AreEquivalent(pair.Item2.Ascii, pair.Item1.Latex)));

    [Fact]
    public void Twice_as_much_and_one_more_is_something_else() => Check.One(
        Quiet(300), Prop.ForAll(Expressions.ToArbitrary(), e => !Grader.AreEquivalent(e.Latex, $"2*({e.Ascii})+1")));

    [Fact]
    public void Verdicts_on_the_pairs_do_not_depend_on_spaces_around_signs()
    {
        static string Spaced(string s) => Regex.Replace(s, @"(?<!\\)[+=}()^]", " $0 ");
        string[] wrong = [.. Pairs.Where(p => Grader.AreEquivalent(Spaced(p.A), p.B) != p.AreEqual)
            .Select(p => $"{Spaced(p.A)} and {p.B}")];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void No_text_makes_it_throw_or_take_many_steps()
    {
        string[] pieces =
        [
            "\\frac", "{", "}", "(", ")", "[", "]", "\\{", "\\}", "^", "_", "|", "\\sqrt", "9", "99999999", "!", "x", "\\pi", ",", "+",
                "-", "\\begin{pmatrix}", "&", "\\\\",
            "\\end{pmatrix}", "\\text{", "cm", "%", "°", "\\pm", ":", "=", "<", "\\cup", "\\infty", "\\overline", "\\log", "\\binom", "½",
                "√", "\uD800", "\0", "𝒳", "$", "per", "/", " ", ".", "e", "i", "\\",
        ];
        var random = Gen.Elements(pieces).NonEmptyListOf().Select(parts => string.Concat(parts));
        var anyText = Gen.OneOf(random, ArbMap.Default.GeneratorFor<string>().Select(s => s ?? ""));
        Check.One(Quiet(4000), Prop.ForAll(anyText.Two().ToArbitrary(), pair =>
        {
            AssertFewSteps(pair.Item1, pair.Item2);
            AssertFewSteps(pair.Item1, pair.Item1 + " ");
            AnswerExtractor.Extract(pair.Item1 + "\\boxed{" + pair.Item2);
        }));

        static void AssertFewSteps(string answer, string reference)
        {
            Grader.AreEquivalent(answer, reference, out long steps);
            Assert.True(steps < 10_000, $"{steps} steps for {answer} and {reference}");
        }
    }

    [Theory]
    [InlineData("9^9^9^9^9^9", 20)]
    [InlineData("99999999999!!!!!!", 20)]
    [InlineData("\\binom{999999999}{99999999}", 20)]
    public void Huge_numbers_take_few_steps(string answer, int most)
    {
        Assert.False(Grader.AreEquivalent(answer, "1", out long steps));
        Assert.InRange(steps, 1, most);
    }

    [Fact]
    public void A_comparison_that_takes_too_many_steps_ends_at_its_limit_and_counts_as_different()
    {
        string set = string.Join(',', Enumerable.Range(0, 120).Select(i => $"x^{i}"));
        Assert.True(Grader.AreEquivalent($"\\{{{set}\\}}", $"\\{{{set},x\\}}", out long all));
        Assert.InRange(all, 10_000, Grader.StepLimit);

        var exact = new MathGrader { StepLimit = all };
        Assert.True(exact.AreEquivalent($"\\{{{set}\\}}", $"\\{{{set},x\\}}"));

        var tooFew = new MathGrader { StepLimit = all - 1 };
        Assert.False(tooFew.AreEquivalent($"\\{{{set}\\}}", $"\\{{{set},x\\}}", out long taken));
        Assert.Equal(all, taken);
    }

    private static Config Quiet(int runs) => Config.QuickThrowOnFailure.WithMaxTest(runs).WithReplay(20250928, 297);

    private sealed record Expression(string Latex, string Ascii)
    {
        // Spaces where LaTeX ignores them.
        public string Spaced => Latex.Replace("{", "{ ").Replace("}", " }").Replace("+", " + ").Replace("\\cdot", " \\cdot  ")
            .Replace("(", "\\left( ").Replace(")", "\\right)");
    }

    // The same expression in LaTeX and as a calculator has it.
    private static Gen<Expression> Expressions { get; } = Gen.Sized(size => Of(Math.Min(size, 12)));

    private static Gen<Expression> Of(int size)
    {
        var leaf = Gen.OneOf(
            Gen.Choose(0, 99).Select(n => new Expression($"{n}", $"{n}")),
            Gen.Elements("x", "y", "a").Select(v => new Expression(v, v)),
            Gen.Constant(new Expression("\\pi", "π")));
        if (size <= 1)
        {
            return leaf;
        }

        var part = Of(size / 2);
        return Gen.OneOf(
            leaf,
            part.Two().Select(p => new Expression($"({p.Item1.Latex}+{p.Item2.Latex})", $"({p.Item1.Ascii} + {p.Item2.Ascii})")),
            part.Two().Select(p => new Expression($"({p.Item1.Latex}\\cdot({p.Item2.Latex}))", $"(({p.Item2.Ascii})*({p.Item1.Ascii}))")),
            part.Select(p => new Expression($"\\frac{{{p.Latex}}}{{3}}", $"(({p.Ascii})/3)")),
            part.Select(p => new Expression($"({p.Latex})^{{2}}", $"({p.Ascii})**2")),
            part.Select(p => new Expression($"\\sqrt{{({p.Latex})+1}}", $"sqrt(1 + ({p.Ascii}))")));
    }
}
