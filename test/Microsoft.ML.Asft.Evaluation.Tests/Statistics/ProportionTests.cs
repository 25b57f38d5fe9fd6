using Microsoft.ML.Asft.Evaluation.Statistics;

namespace Microsoft.ML.Asft.Evaluation.Tests.Statistics;

public class ProportionTests
{
    // Newcombe, Statistics in Medicine 17 (1998), table I, method 3 (score without continuity correction).
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0.0000, 0.1611)]
    [InlineData(1, 29, 0.0061, 0.1718)]
    public void The_interval_is_Wilsons_as_published(int successes, int count, double lower, double upper)
    {
        var proportion = new Proportion(successes, count);
        Assert.Equal(lower, proportion.Lower, 4);
        Assert.Equal(upper, proportion.Upper, 4);
    }

    [Theory]
    [InlineData(3, 10)]
    [InlineData(28.5, 400)]
    public void The_intervals_ends_solve_the_equation_that_defines_them(double successes, int count)
    {
        var proportion = new Proportion(successes, count);
        foreach (double end in new[] { proportion.Lower, proportion.Upper })
        {
            // |p̂ − p| = z·√(p(1−p)/n)
            Assert.Equal(1.959964 * Math.Sqrt(end * (1 - end) / count), Math.Abs(proportion.Value - end), 1e-6);
        }
    }

    [Fact]
    public void All_and_none_are_each_others_mirror()
    {
        var all = new Proportion(50, 50);
        var none = new Proportion(0, 50);
        Assert.Equal(1, all.Upper, 12);
        Assert.Equal(none.Upper, 1 - all.Lower, 12);
    }

    [Fact]
    public void It_reads_as_a_number_and_as_a_line()
    {
        var proportion = Proportion.Of([1, 2, 3, 4], i => i > 1);
        Assert.Equal(0.75, proportion);
        Assert.Equal("75.0 % (95 % interval 30.1 to 95.4 %, n = 4)", proportion.ToString());
    }
}
