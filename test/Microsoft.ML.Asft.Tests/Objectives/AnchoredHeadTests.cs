using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Objectives;

public class AnchoredHeadTests
{
    public static IEnumerable<object[]> Everything =>
        from objective in Enum.GetValues<AsftObjective>()
        from direction in Enum.GetValues<KlDirection>()
        from trainHead in new[] { true, false }
        select new object[] { objective, direction, trainHead };

    [Theory]
    [InlineData(AsftObjective.Asft, KlDirection.Forward)]
    [InlineData(AsftObjective.Asft, KlDirection.Reverse)]
    [InlineData(AsftObjective.Sft, KlDirection.Forward)]
    public void Gradients_of_hidden_states_and_head_are_those_of_autograd(AsftObjective objective, KlDirection direction)
    {
        using var scope = NewDisposeScope();
        var (hidden, head, labels, referenceHidden, referenceHead) = Inputs();
        hidden.requires_grad = true;
        head.requires_grad = true;
        var logP = nn.functional.log_softmax(hidden.mm(head.t()), 1);
        var logQ = nn.functional.log_softmax(referenceHidden.mm(referenceHead.t()), 1);
        var labelLogP = logP.gather(1, labels.unsqueeze(1)).squeeze(1);
        var loss = objective == AsftObjective.Sft ? labelLogP.neg() : labelLogP.exp().detach().mul(labelLogP).neg();
        var kl = direction == KlDirection.Forward ? logQ.exp().mul(logQ.sub(logP)).sum(1) : logP.exp().mul(logP.sub(logQ)).sum(1);
        var total = (objective == AsftObjective.Asft ? loss.add(kl.mul(0.05)) : loss).sum().div(5.0);
        total.backward();

        var headGradient = zeros_like(head);
        var result = new AnchoredHead(AnchoredObjective.For(objective, 0.05, direction)).Evaluate(
            hidden.detach(), head.detach(), labels, (referenceHidden, referenceHead), gradientScale: 1 / 5.0, headGradient);
        Assert.Equal(total.item<float>(), result.Sums.Loss / 5, 1e-5);
        Assert.True(hidden.grad!.allclose(result.HiddenGradient!, 1e-4, 1e-6));
        Assert.True(head.grad!.allclose(headGradient, 1e-4, 1e-6));
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public void Gradients_are_those_of_finite_differences_in_float64(AsftObjective objective, KlDirection direction, bool trainHead)
    {
        using var scope = NewDisposeScope();
        var data = new SixTokens();
        // The weight is a constant where the gradient is taken: that is what "stop gradient" says.
        double[] weights = data.Weights(objective);
        double Loss() => data.Loss(weights, objective is AsftObjective.Asft or AsftObjective.SftKl ? 0.3 : 0, direction);

        var headGradient = trainHead ? zeros([SixTokens.Vocabulary, 4], ScalarType.Float64) : null;
        var result = data.Evaluate(AnchoredObjective.For(objective, 0.3, direction), ScalarType.Float64, memoryBudget: 200, headGradient);
        Assert.Equal(Loss(), result.Sums.Loss, 1e-10);
        Gradients.Check(data.Hidden, result.HiddenGradient!, Loss);
        if (headGradient is not null)
        {
            Gradients.Check(data.Head, headGradient, Loss);
        }
    }

    [Theory]
    [InlineData(null, 64L << 20)]
    [InlineData(100L << 20, 64L << 20)]
    [InlineData(4L << 30, 512L << 20)]
    [InlineData(80L << 30, 2L << 30)]
    public void Chunks_take_an_eighth_of_a_gpus_free_memory_within_limits(long? free, long expected)
    {
        Assert.Equal(expected, AnchoredHead.BudgetFor(free));
        Assert.Null(DeviceMemory.FreeBytes(CPU));
    }

    [Theory]
    [InlineData(AsftObjective.Asft)]
    [InlineData(AsftObjective.Eaft)]
    [InlineData(AsftObjective.IwSft)]
    public void A_warm_start_raises_the_exponent_from_0_to_1_in_even_steps(AsftObjective name)
    {
        var objective = AnchoredObjective.For(new AsftOptions { Objective = name, Loss = { WarmStartSteps = 4 } });
        double[] exponents = [.. new[] { 0, 1, 2, 3, 4, 100 }.Select(step => ((AnchoredObjective)objective.AtStep(step)).WeightExponent)];
        Assert.Equal([0, 0.25, 0.5, 0.75, 1, 1], exponents);
        Assert.All(Enumerable.Range(0, 6), step => Assert.Equal(objective.NeedsReference, objective.AtStep(step).NeedsReference));
    }

    [Theory]
    [MemberData(nameof(Everything))]
    public void The_fused_rows_find_what_the_operators_find_in_float64(AsftObjective objective, KlDirection direction, bool trainHead)
    {
        foreach (var (dtype, tolerance) in new[] { (ScalarType.Float32, 2e-6), (ScalarType.BFloat16, 2e-2) })
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(7);
            Tensor Normal(params long[] shape) => empty(shape).normal_(0, 0.6, generator).to_type(dtype);
            // A vocabulary that sixteen does not divide.
            var (hidden, head, referenceHidden, referenceHead) = (Normal(9, 24), Normal(1003, 24), Normal(9, 24), Normal(1003, 24));
            var labels = tensor(new long[] { 3, 0, 1002, 7, 7, 500, 999, 1001, 16 });
            var anchored = AnchoredObjective.For(objective, 0.3, direction);
            HeadResult Evaluate(ScalarType type, Tensor? gradient) => new AnchoredHead(anchored).Evaluate(
                hidden.to_type(type), head.to_type(type), labels, (referenceHidden.to_type(type), referenceHead.to_type(type)), 0.1, gradient, [4, 1, 4]);

            var (wideGradient, gradient) = (zeros([1003, 24], ScalarType.Float64), zeros([1003, 24], ScalarType.Float32));
            var wide = Evaluate(ScalarType.Float64, trainHead ? wideGradient : null);
            var fused = Evaluate(dtype, trainHead ? gradient : null);
            Assert.Equal(wide.Sums.Loss, fused.Sums.Loss, tolerance * wide.Sums.Loss);
            Assert.Equal(wide.Sums.CrossEntropy, fused.Sums.CrossEntropy, tolerance * wide.Sums.CrossEntropy);
            Assert.Equal(wide.Sums.WeightedCrossEntropy, fused.Sums.WeightedCrossEntropy, tolerance * wide.Sums.WeightedCrossEntropy);
            Assert.Equal(wide.Sums.Kl, fused.Sums.Kl, tolerance * 10);
            Assert.Equal(wide.Sums.Correct, fused.Sums.Correct);
            Gradients.Near(wide.HiddenGradient!, fused.HiddenGradient!, tolerance * 5);
            if (trainHead)
            {
                Gradients.Near(wideGradient, gradient, tolerance * 5);
            }
        }
    }

    [Fact]
    public void Chunk_size_changes_nothing_beyond_rounding()
    {
        using var scope = NewDisposeScope();
        var (hidden, head, labels, referenceHidden, referenceHead) = Inputs();
        var objective = AnchoredObjective.For(AsftObjective.Asft, 0.05, KlDirection.Forward);
        var whole = new AnchoredHead(objective).Evaluate(hidden, head, labels, (referenceHidden, referenceHead), 0.2);
        var single = new AnchoredHead(objective, memoryBudget: 1).Evaluate(hidden, head, labels, (referenceHidden, referenceHead), 0.2);
        Assert.Equal(whole.Sums.Loss, single.Sums.Loss, 1e-6 * whole.Sums.Loss);
        Assert.Equal(whole.Sums.Kl, single.Sums.Kl, 1e-6 * whole.Sums.Kl);
        Assert.Equal(whole.Sums.Correct, single.Sums.Correct);
        Assert.True(whole.HiddenGradient!.allclose(single.HiddenGradient!, 1e-6, 1e-8));
    }

    [Theory]
    [InlineData(3, 1)]
    [InlineData(18, 0)]
    [InlineData(35, 0)]
    [InlineData(5, 0)]
    public void Among_words_of_the_highest_logit_the_first_is_the_prediction(long label, long correct)
    {
        using var scope = NewDisposeScope();
        var head = zeros(40, 4);
        foreach (long word in new[] { 3, 18, 35 })
        {
            head[word] = ones(4);
        }

        var result = new AnchoredHead(AnchoredObjective.For(AsftObjective.Sft, 0.05, KlDirection.Forward))
            .Evaluate(ones(1, 4), head, tensor([label]), reference: null, gradientScale: 1);
        Assert.Equal(correct, result.Sums.Correct);
    }

    [Fact]
    public void Divergence_is_not_a_number_where_no_reference_is_asked_for()
    {
        using var scope = NewDisposeScope();
        var (hidden, head, labels, _, _) = Inputs();
        var result = new AnchoredHead(AnchoredObjective.For(AsftObjective.Dft, 0.05, KlDirection.Forward))
            .Evaluate(hidden, head, labels, reference: null, gradientScale: null);
        Assert.True(double.IsNaN(result.Sums.Kl));
        Assert.Null(result.HiddenGradient);
    }

    private static (Tensor Hidden, Tensor Head, Tensor Labels, Tensor ReferenceHidden, Tensor ReferenceHead) Inputs()
    {
        using var generator = new Generator(3);
        Tensor Normal(params long[] shape) => empty(shape).normal_(0, 1, generator);
        return (Normal(5, 8), Normal(50, 8), tensor(new long[] { 3, 0, 49, 7, 7 }), Normal(5, 8), Normal(50, 8));
    }
}
