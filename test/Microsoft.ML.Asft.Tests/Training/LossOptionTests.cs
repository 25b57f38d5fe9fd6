using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Tests.Training;

public sealed class LossOptionTests : FitFixture
{
    [Fact]
    public void A_warm_start_begins_as_sft_with_the_anchor_and_differs_from_its_second_step_on()
    {
        var options = Options();
        options.Objective = AsftObjective.SftKl;
        using var sft = Fit(options);
        (options.Objective, options.Loss.WarmStartSteps) = (AsftObjective.Asft, 3);
        using var warm = Fit(options);
        Assert.Equal(sft.History[0].Loss, warm.History[0].Loss);
        Assert.Equal(sft.History[1].CrossEntropy, warm.History[1].CrossEntropy);    // after one and the same step
        Assert.True(warm.History[1].Loss < sft.History[1].Loss);
        Assert.Equal(warm.History[4].WeightedCrossEntropy + (options.KlWeight * warm.History[4].Kl), warm.History[4].Loss, 1e-6);
    }

    [Fact]
    public void The_exponent_of_the_weight_joins_sft_and_asft()
    {
        var options = Options();
        (double Loss, double Sft, double Dft) Measured(AsftObjective objective, double? exponent)
        {
            (options.Objective, options.Loss.WeightExponent) = (objective, exponent);
            using var model = Fit(options);
            return (model.History[0].Loss, model.History[0].CrossEntropy, model.History[0].WeightedCrossEntropy);
        }

        Assert.Equal(Measured(AsftObjective.Asft, null), Measured(AsftObjective.SftKl, 1));
        Assert.Equal(Measured(AsftObjective.SftKl, null), Measured(AsftObjective.Asft, 0));
        var half = Measured(AsftObjective.Asft, 0.5);
        Assert.InRange(half.Loss, half.Dft, half.Sft);
    }

    [Fact]
    public void Settings_of_the_weight_beside_a_loss_of_ones_own_are_refused()
    {
        var options = Options();
        options.Loss.TokenObjective = AnchoredObjective.For(AsftObjective.Sft, 0, KlDirection.Forward);
        options.Loss.WarmStartSteps = 2;
        Assert.Contains("AtStep", Assert.Throws<ArgumentException>(() => Fit(options)).Message);
        (options.Loss.WarmStartSteps, options.Loss.WeightClipMax) = (0, 0.5);
        Assert.Contains("WeightClipMax", Assert.Throws<ArgumentException>(() => Fit(options)).Message);
    }

    [Theory]
    [InlineData(AsftObjective.Asft, 0.5, 0.2, "Loss.WeightClipMin is 0.5, above Loss.WeightClipMax, which is 0.2.")]
    [InlineData(AsftObjective.IwSft, 20.0, null, "Loss.WeightClipMax, which is 16 by default for this objective.")]
    public void A_range_of_weights_that_is_empty_is_refused(AsftObjective objective, double lowest, double? highest, string message)
    {
        var options = Options();
        (options.Objective, options.Loss.WeightClipMin, options.Loss.WeightClipMax) = (objective, lowest, highest);
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => Fit(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Importance_of_rows_begins_at_1_and_so_the_first_step_is_that_of_sft()
    {
        var options = Options();
        options.Objective = AsftObjective.Sft;
        using var sft = Fit(options);
        options.Objective = AsftObjective.IwSft;
        using var weighted = Fit(options);
        Assert.Equal(sft.History[0].Loss, weighted.History[0].Loss, 1e-5);
        Assert.Equal(sft.History[1].CrossEntropy, weighted.History[1].CrossEntropy, 1e-4);
        Assert.NotEqual(weighted.History[^1].CrossEntropy, weighted.History[^1].Loss, 1e-4);
        Assert.True(weighted.History[^1].Kl > 0);      // which it measures and does not train on
    }
}
