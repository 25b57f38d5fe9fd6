using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Objectives;

/// <summary>What tokens and sequences weigh, by the head.</summary>
public class WeightTests
{
    [Theory]
    [InlineData(AsftObjective.Asft, 0.3, null, null)]
    [InlineData(AsftObjective.Asft, 0.5, null, null)]
    [InlineData(AsftObjective.Asft, 2.0, null, null)]
    [InlineData(AsftObjective.Asft, 1.0, 0.02, 0.06)]
    [InlineData(AsftObjective.Dft, 0.5, 0.15, null)]
    [InlineData(AsftObjective.Eaft, 2.0, null, null)]
    [InlineData(AsftObjective.Eaft, 0.0, null, null)]
    [InlineData(AsftObjective.Eaft, 1.0, null, 0.8)]
    [InlineData(AsftObjective.IwSft, 0.5, null, null)]
    [InlineData(AsftObjective.IwSft, 2.0, 0.5, 1.2)]
    [InlineData(AsftObjective.IwSft, 0.0, null, null)]
    [InlineData(AsftObjective.IwSft, 0.0, null, 0.5)]
    [InlineData(AsftObjective.Sft, 0.0, null, 0.5)]
    [InlineData(AsftObjective.IwSft, 40.0, null, null)]
    public void A_weight_is_raised_to_the_power_asked_for_and_clipped(AsftObjective objective, double exponent, double? lowest, double? highest)
    {
        using var scope = NewDisposeScope();
        var data = new SixTokens();
        var plain = data.Weights(objective).Select(weight => Math.Pow(weight, exponent)).ToArray();
        double[] weights = [.. plain.Select(weight => Math.Clamp(weight, lowest ?? 0, highest ?? (objective == AsftObjective.IwSft ? 16 : double.PositiveInfinity)))];
        Assert.Equal(lowest is not null || highest is not null || exponent == 40, !plain.SequenceEqual(weights));     // something is clipped
        bool isAnchored = objective == AsftObjective.Asft;
        double Loss() => data.Loss(weights, isAnchored ? 0.3 : 0, KlDirection.Forward);

        var built = AnchoredObjective.For(new AsftOptions
        {
            Objective = objective, KlWeight = 0.3, Loss = { WeightExponent = exponent, WeightClipMin = lowest, WeightClipMax = highest },
        });
        var result = data.Evaluate(built, ScalarType.Float64);
        Assert.Equal(Loss(), result.Sums.Loss, 1e-10 * Math.Max(1, Loss()));
        Gradients.Check(data.Hidden, result.HiddenGradient!, Loss);

        var fused = data.Evaluate(built, ScalarType.Float32);
        Assert.Equal(result.Sums.Loss, fused.Sums.Loss, 1e-5 * Math.Max(1, Loss()));
        Gradients.Near(result.HiddenGradient!, fused.HiddenGradient!, 1e-5);
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Chunks_that_cut_sequences_change_nothing_of_their_weights(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var data = new SixTokens();
        var objective = AnchoredObjective.For(AsftObjective.IwSft, 0, KlDirection.Forward);
        var whole = data.Evaluate(objective, dtype);
        var single = data.Evaluate(objective, dtype, memoryBudget: 1);
        Assert.Equal(whole.Sums.Loss, single.Sums.Loss, 1e-6 * whole.Sums.Loss);
        Assert.True(whole.HiddenGradient!.allclose(single.HiddenGradient!, 1e-6, 1e-8));
        Assert.NotEqual(
            data.Weights(AsftObjective.IwSft), data.Weights(AsftObjective.IwSft, [1, 2, 3]));   // where they begin and end is seen
    }

    [Fact]
    public void A_sequence_may_be_alone_in_a_call_or_beside_others()
    {
        using var scope = NewDisposeScope();
        var data = new SixTokens();
        var objective = AnchoredObjective.For(AsftObjective.IwSft, 0, KlDirection.Forward);
        var together = data.Evaluate(objective, ScalarType.Float32);
        var apart = new[] { (0, 2), (2, 1), (3, 3) }.Select(part => data.Evaluate(objective, ScalarType.Float32, part)).ToArray();
        Assert.Equal(together.Sums.Loss, apart.Sum(result => result.Sums.Loss), 1e-5);
        Assert.True(together.HiddenGradient!.allclose(cat([.. apart.Select(result => result.HiddenGradient!)], 0), 1e-6, 1e-8));
    }

    [Fact]
    public void Lengths_that_are_not_those_of_the_labels_are_refused()
    {
        using var scope = NewDisposeScope();
        var error = Assert.Throws<ArgumentException>(() => new LabelledSequences(zeros(5), null, [2, 2]));
        Assert.Contains("2 + 2 labels, but there are 5", error.Message, StringComparison.Ordinal);
    }
}
