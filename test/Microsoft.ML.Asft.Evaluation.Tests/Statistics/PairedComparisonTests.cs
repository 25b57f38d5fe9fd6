using Microsoft.ML.Asft.Evaluation.Statistics;

namespace Microsoft.ML.Asft.Evaluation.Tests.Statistics;

public class PairedComparisonTests
{
    // By hand: two times the sum of the binomial tail of fair coins.
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(3, 3, 1)]
    [InlineData(0, 5, 2.0 / 32)]
    [InlineData(1, 7, 2 * (1 + 8) / 256.0)]
    [InlineData(2, 8, 2 * (1 + 10 + 45) / 1024.0)]
    public void McNemars_test_is_the_exact_binomial_one(int better, int worse, double p)
    {
        Assert.Equal(p, PairedComparison.McNemar(better, worse), 12);
        Assert.Equal(p, PairedComparison.McNemar(worse, better), 12);
    }

    [Fact]
    public void McNemars_test_stands_thousands_of_pairs()
    {
        // With whole numbers of any size, in Python: 2 * sum(comb(4200, k) for k in range(1901)) / 2**4200.
        Assert.Equal(7.21836086362023e-10, PairedComparison.McNemar(1900, 2300), 1e-19);
    }

    [Fact]
    public void The_bootstrap_interval_is_the_normal_one_for_many_items()
    {
        var random = new Random(3);
        double[] own = [.. Enumerable.Range(0, 4000).Select(_ => random.NextDouble() < 0.7 ? 1.0 : 0)];
        double[] other = [.. Enumerable.Range(0, 4000).Select(_ => random.NextDouble() < 0.6 ? 1.0 : 0)];
        var comparison = PairedComparison.Of(own, other);

        double[] differences = [.. own.Zip(other, (a, b) => a - b)];
        double mean = differences.Average();
        double error = Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / differences.Length / differences.Length);
        Assert.Equal(mean, comparison.Difference, 12);
        Assert.Equal(mean - (1.96 * error), comparison.Lower, 0.05 * error);
        Assert.Equal(mean + (1.96 * error), comparison.Upper, 0.05 * error);
        Assert.Equal(differences.Count(d => d > 0), comparison.Better);
        Assert.Equal(PairedComparison.McNemar(comparison.Better, comparison.Worse), comparison.PValue);
    }

    [Fact]
    public void A_model_is_no_better_than_itself()
    {
        var comparison = PairedComparison.Of([1, 0, 1], [1, 0, 1]);
        Assert.Equal((0, 0, 0, 1), (comparison.Difference, comparison.Lower, comparison.Upper, comparison.PValue));
    }

    [Fact]
    public void Scores_of_other_items_are_refused() =>
        Assert.Contains("2 scores", Assert.Throws<ArgumentException>(() => PairedComparison.Of([1, 0], [1])).Message,
            StringComparison.Ordinal);
}
