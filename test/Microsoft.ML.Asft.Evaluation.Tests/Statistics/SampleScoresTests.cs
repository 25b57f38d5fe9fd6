using Microsoft.ML.Asft.Evaluation.Statistics;

namespace Microsoft.ML.Asft.Evaluation.Tests.Statistics;

public class SampleScoresTests
{
    [Fact]
    public void Pass_at_k_is_the_share_of_the_choices_of_k_samples_that_hold_a_right_one()
    {
        for (int n = 1; n <= 8; n++)
        {
            for (int c = 0; c <= n; c++)
            {
                for (int k = 1; k <= n; k++)
                {
                    // Every subset of k samples; the first c are the right ones.
                    int[] chosen = [.. Enumerable.Range(0, 1 << n).Where(set => int.PopCount(set) == k)];
                    double expected = chosen.Count(set => (set & ((1 << c) - 1)) != 0) / (double)chosen.Length;
                    Assert.Equal(expected, SampleScores.PassAtK(n, c, k), 12);
                }
            }
        }
    }

    [Fact]
    public void Pass_at_k_has_no_bias()
    {
        // The mean over the binomial distribution of c is 1 − (1 − p)^k, whatever n.
        const double P = 0.3;
        double Mean(int n, int k) => Enumerable.Range(0, n + 1)
            .Sum(c => Binomial(n, c) * Math.Pow(P, c) * Math.Pow(1 - P, n - c) * SampleScores.PassAtK(n, c, k));
        Assert.Equal(1 - Math.Pow(0.7, 4), Mean(16, 4), 12);
        Assert.Equal(1 - Math.Pow(0.7, 4), Mean(5, 4), 12);
    }

    [Fact]
    public void The_majority_of_two_kinds_of_answers_has_the_closed_form()
    {
        // Over all 2^n outcomes: right when more than half are, and half of the time when just half are.
        foreach (int n in new[] { 3, 4, 7 })
        {
            double mean = Enumerable.Range(0, 1 << n).Average(set =>
                SampleScores.Majority(
                    Enumerable.Range(0, n).Select(i => (set >> i & 1) == 1 ? "right" : "wrong"), a => a == "right", (a, b) => a == b));
            double expected = Enumerable.Range(0, n + 1).Sum(c => Binomial(n, c) * (2 * c > n ? 1 : 2 * c == n ? 0.5 : 0)) / (1 << n);
            Assert.Equal(expected, mean, 12);
        }
    }

    [Fact]
    public void Votes_for_equal_answers_add_up_and_no_answer_is_no_vote()
    {
        string?[] answers = [null, null, null, "0.5", "2", "1/2", "2", "50%"];
        static bool Equal(string a, string b) => Value(a) == Value(b);
        static double Value(string s) => s == "2" ? 2 : 0.5;
        Assert.Equal(1, SampleScores.Majority(answers, a => Value(a) == 0.5, Equal));
        Assert.Equal(0, SampleScores.Majority([null, null], _ => true, Equal));
    }

    private static double Binomial(int n, int k) => Enumerable.Range(1, k).Aggregate(1.0, (product, i) => product * (n - i + 1) / i);
}
