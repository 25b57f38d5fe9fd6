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
        var data = new Numbers6();
        // The weight is a constant where the gradient is taken: that is what "stop gradient" says.
        double[] weights = data.Weights(objective);
        double Loss() => data.Loss(weights, objective is AsftObjective.Asft or AsftObjective.SftKl ? 0.3 : 0, direction);

        var headGradient = trainHead ? zeros([Numbers6.Vocabulary, 4], ScalarType.Float64) : null;
        var result = data.Evaluate(AnchoredObjective.For(objective, 0.3, direction), ScalarType.Float64, memoryBudget: 200, headGradient);
        Assert.Equal(Loss(), result.Sums.Loss, 1e-10);
        AssertGradient(data.Hidden, result.HiddenGradient!, Loss);
        if (headGradient is not null)
        {
            AssertGradient(data.Head, headGradient, Loss);
        }
    }

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
    [InlineData(AsftObjective.IwSft, 40.0, null, null)]
    public void A_weight_is_raised_to_the_power_asked_for_and_clipped(AsftObjective objective, double exponent, double? lowest, double? highest)
    {
        using var scope = NewDisposeScope();
        var data = new Numbers6();
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
        AssertGradient(data.Hidden, result.HiddenGradient!, Loss);

        var fused = data.Evaluate(built, ScalarType.Float32);
        Assert.Equal(result.Sums.Loss, fused.Sums.Loss, 1e-5 * Math.Max(1, Loss()));
        Near(result.HiddenGradient!, fused.HiddenGradient!, 1e-5);
    }

    [Theory]
    [InlineData(ScalarType.Float64)]
    [InlineData(ScalarType.Float32)]
    [InlineData(ScalarType.BFloat16)]
    public void Chunks_that_cut_sequences_change_nothing_of_their_weights(ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        var data = new Numbers6();
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
        var data = new Numbers6();
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
        var (hidden, head, labels, referenceHidden, referenceHead) = Inputs();
        var evaluated = new AnchoredHead(AnchoredObjective.For(AsftObjective.IwSft, 0, KlDirection.Forward));
        var error = Assert.Throws<ArgumentException>(() => evaluated.Evaluate(
            hidden, head, labels, (referenceHidden, referenceHead), 1, sequenceLengths: [2, 2]));
        Assert.Contains("2 + 2 labels, but there are 5", error.Message, StringComparison.Ordinal);
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
            Near(wide.HiddenGradient!, fused.HiddenGradient!, tolerance * 5);
            if (trainHead)
            {
                Near(wideGradient, gradient, tolerance * 5);
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

    private static double[][] Numbers(int rows, int columns, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ => Enumerable.Range(0, columns).Select(_ => (random.NextDouble() * 3) - 1.5).ToArray())];
    }

    private static Tensor Matrix(double[][] rows) => tensor(rows.SelectMany(row => row).ToArray(), [rows.Length, rows[0].Length]);

    private static void AssertGradient(double[][] values, Tensor gradient, Func<double> loss)
    {
        const double step = 1e-5;
        for (int i = 0; i < values.Length; i++)
        {
            for (int j = 0; j < values[i].Length; j++)
            {
                double value = values[i][j];
                values[i][j] = value + step;
                double above = loss();
                values[i][j] = value - step;
                double below = loss();
                values[i][j] = value;
                Assert.Equal((above - below) / (2 * step), gradient[i, j].item<double>(), 1e-7);
            }
        }
    }

    private static void Near(Tensor expected, Tensor actual, double relative)
    {
        double error = expected.sub(actual.to_type(ScalarType.Float64)).norm().item<double>() / expected.norm().item<double>();
        Assert.True(error < relative, $"The relative error is {error}.");
    }

    private static (Tensor Hidden, Tensor Head, Tensor Labels, Tensor ReferenceHidden, Tensor ReferenceHead) Inputs()
    {
        using var generator = new Generator(3);
        Tensor Normal(params long[] shape) => empty(shape).normal_(0, 1, generator);
        return (Normal(5, 8), Normal(50, 8), tensor(new long[] { 3, 0, 49, 7, 7 }), Normal(5, 8), Normal(50, 8));
    }

    // Six tokens of three sequences, and a vocabulary of more than twenty.
    private sealed class Numbers6
    {
        public const int Vocabulary = 29;

        private static readonly long[] Labels = [0, 12, 25, 25, 3, 7];
        private static readonly int[] Lengths = [2, 1, 3];
        private readonly double[][] _referenceHidden = Numbers(6, 4, seed: 3);
        private readonly double[][] _referenceHead = Numbers(Vocabulary, 4, seed: 4);

        public double[][] Hidden { get; } = Numbers(6, 4, seed: 1);

        public double[][] Head { get; } = Numbers(Vocabulary, 4, seed: 2);

        public double[] Weights(AsftObjective objective, int[]? lengths = null) =>
            ClosedForm.Weights(objective, LogP(), LogQ(), Labels, lengths ?? Lengths);

        public double Loss(double[] weights, double klWeight, KlDirection direction) => LogP().Zip(LogQ())
            .Select((row, i) => ClosedForm.Loss(row.First, row.Second, Labels[i], weights[i], klWeight, direction)).Sum();

        public HeadResult Evaluate(TokenObjective objective, ScalarType dtype, long memoryBudget = AnchoredHead.DefaultMemoryBudget, Tensor? headGradient = null) =>
            new AnchoredHead(objective, memoryBudget).Evaluate(
                Matrix(Hidden).to_type(dtype), Matrix(Head).to_type(dtype), tensor(Labels), Reference(dtype, 0, 6), 1, headGradient, Lengths);

        public HeadResult Evaluate(TokenObjective objective, ScalarType dtype, (int Start, int Count) sequence) => new AnchoredHead(objective).Evaluate(
            Matrix(Hidden[sequence.Start..(sequence.Start + sequence.Count)]).to_type(dtype), Matrix(Head).to_type(dtype),
            tensor(Labels[sequence.Start..(sequence.Start + sequence.Count)]), Reference(dtype, sequence.Start, sequence.Count), 1, sequenceLengths: [sequence.Count]);

        private double[][] LogP() => [.. Hidden.Select(row => ClosedForm.LogSoftmax(row, Head))];

        private double[][] LogQ() => [.. _referenceHidden.Select(row => ClosedForm.LogSoftmax(row, _referenceHead))];

        private (Tensor Hidden, Tensor Head) Reference(ScalarType dtype, int start, int count) =>
            (Matrix(_referenceHidden[start..(start + count)]).to_type(dtype), Matrix(_referenceHead).to_type(dtype));
    }
}
