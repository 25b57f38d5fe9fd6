using Microsoft.ML.Asft.Evaluation.Alpaca;

namespace Microsoft.ML.Asft.Evaluation.Tests.Alpaca;

public class LengthControlTests
{
    [Fact]
    public void Of_answers_of_equal_length_it_is_the_win_rate() =>
        Assert.Equal(0.7, LengthControl.WinRate([0.9, 0.4, 0.8], [0, 0, 0]), 1e-4);

    [Fact]
    public void Two_lengths_have_the_closed_form()
    {
        // Differences of ±d: the logits of the two groups' means are θ ± φ·tanh(d / s), so θ is their mean.
        double[] preferences = [0.9, 0.7, 0.8, 0.4, 0.2, 0.3];
        double[] differences = [100, 100, 100, -100, -100, -100];
        double theta = (Logit(0.8) + Logit(0.3)) / 2;
        Assert.Equal(1 / (1 + Math.Exp(-theta)), LengthControl.WinRate(preferences, differences), 1e-3);

        static double Logit(double p) => Math.Log(p / (1 - p));
    }

    [Fact]
    public void A_model_that_wins_by_length_alone_wins_no_more_than_half()
    {
        double[] differences = [.. Enumerable.Range(0, 200)
            .Select(i => (double)(i % 20) - 15)];     // mostly longer than the base (base − own)
        double[] preferences = [.. differences.Select(d => 1 / (1 + Math.Exp(0.5 * d)))];
        Assert.True(preferences.Average() > 0.7);
        Assert.InRange(LengthControl.WinRate(preferences, differences), 0.45, 0.58);
    }

    [Fact]
    public void Lengths_that_divide_wins_from_losses_give_a_finite_answer() =>
        Assert.InRange(LengthControl.WinRate([1, 1, 0, 0], [-10, -20, 10, 20]), 0.01, 0.99);
}
