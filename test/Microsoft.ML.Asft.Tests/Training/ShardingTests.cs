using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training.Distributed;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Training;

/// <summary>Divided state with one worker; with several it is tested under <c>mpirun</c>.</summary>
public sealed class ShardingTests : FitFixture
{
    public static TheoryData<WorkerSharding, ModelPrecision, bool> Kinds => new()
    {
        { WorkerSharding.Optimizer, ModelPrecision.Float32, false },
        { WorkerSharding.Parameters, ModelPrecision.Float32, false },
        { WorkerSharding.Parameters, ModelPrecision.BFloat16, false },
        { WorkerSharding.Optimizer, ModelPrecision.BFloat16, true },
        { WorkerSharding.Parameters, ModelPrecision.Float32, true },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void One_worker_comes_to_the_same_numbers(WorkerSharding sharding, ModelPrecision precision, bool byAutograd)
    {
        using var whole = Fit(Options(WorkerSharding.None, precision, byAutograd));
        using var divided = Fit(Options(sharding, precision, byAutograd));
        Assert.All(whole.History.Zip(divided.History), step =>
        {
            Assert.Equal(step.First.Loss, step.Second.Loss, 1e-5);
            Assert.Equal(step.First.GradientNorm, step.Second.GradientNorm, 1e-4 * step.First.GradientNorm);
        });
        Assert.All(whole.Validations.Zip(divided.Validations), measured => Assert.Equal(measured.First.Loss, measured.Second.Loss, 1e-5));
        Assert.Equal(whole.Evaluate(Data()).Asft, divided.Evaluate(Data()).Asft, 1e-5);
        Assert.All(whole.Model.named_parameters().Zip(divided.Model.named_parameters()), p =>
        {
            Assert.Equal(p.First.name, p.Second.name);
            Assert.True(p.First.parameter.allclose(p.Second.parameter, 1e-2, 1e-3), p.First.name);
        });
    }

    [Theory]
    [InlineData(WorkerSharding.Optimizer)]
    [InlineData(WorkerSharding.Parameters)]
    public void A_stopped_run_goes_on_to_the_same_bytes(WorkerSharding sharding)
    {
        byte[] expected = WeightsOf(Fit(Options(sharding, ModelPrecision.BFloat16, byAutograd: false)));
        var options = Options(sharding, ModelPrecision.BFloat16, byAutograd: false, "stopped");
        Stop(options, 4);
        options = Options(sharding, ModelPrecision.BFloat16, byAutograd: false, "stopped");
        options.Checkpoints.Resume = true;
        Assert.Equal(expected, WeightsOf(Fit(options)));
    }

    [Fact]
    public void A_run_goes_on_without_division_from_where_it_was_stopped_with_it()
    {
        var options = Options(WorkerSharding.Parameters, ModelPrecision.Float32, byAutograd: false, "stopped");
        Stop(options, 4);
        options = Options(WorkerSharding.None, ModelPrecision.Float32, byAutograd: false, "stopped");
        options.Checkpoints.Resume = true;
        using var resumed = Fit(options);
        using var whole = Fit(Options(WorkerSharding.None, ModelPrecision.Float32, byAutograd: false));
        Assert.Equal(whole.History[^1].Loss, resumed.History[^1].Loss, 1e-5);
    }

    [Fact]
    public void What_is_not_finite_is_diagnosed_after_a_checkpoint_too()
    {
        var options = Options(WorkerSharding.Parameters, ModelPrecision.Float32, byAutograd: false, "broken");
        (options.Loss.TokenObjective, options.Optimizer.MaxSkippedSteps, options.Checkpoints.EverySteps) = (new BrokenFromTheFifthCall(), 2, 1);
        var error = Assert.Throws<InvalidOperationException>(() => Fit(options)).Message;
        Assert.Contains("2 times in a row", error, StringComparison.Ordinal);
        Assert.Contains("largest gradient", error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_divided_is_refused()
    {
        var adapters = Options();
        adapters.Runtime.Sharding = WorkerSharding.Optimizer;
        Assert.Contains("Adapters are so small", Assert.Throws<ArgumentException>(() => Fit(adapters)).Message, StringComparison.Ordinal);

        var noise = Options(WorkerSharding.Parameters, ModelPrecision.Float32, byAutograd: true);
        noise.Runtime.GradientCheckpointing = false;
        Assert.Contains("needs Runtime.GradientCheckpointing", Assert.Throws<InvalidOperationException>(() => Fit(noise)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(10, 4)]
    [InlineData((3 << 22) + 7, 2)]
    [InlineData((9 << 22) - 1, 3)]
    [InlineData((3L << 30) + 1, 200)]
    public void Pieces_cover_a_vector_once(long length, int size)
    {
        var map = new ShardMap(length, size);
        (long next, long nextPart) = (0, 0);
        foreach (var (start, partStart, part) in map.Pieces())
        {
            Assert.Equal((next, nextPart), (start, partStart));
            Assert.InRange(part, 1, 1 << 22);
            Assert.InRange(part * size * sizeof(float), 1, int.MaxValue);     // the exchange is through spans
            (next, nextPart) = (start + (part * size), partStart + part);
        }

        Assert.InRange(next, length, length + size - 1);
        Assert.Equal((next, nextPart), (map.PaddedLength, map.PartLength));
    }

    private AsftOptions Options(WorkerSharding sharding, ModelPrecision precision, bool byAutograd, string? output = null)
    {
        var options = Options(output, lora: false);
        (options.Runtime.Sharding, options.Runtime.Precision, options.Batches.GlobalBatchSize, options.LearningRate) = (sharding, precision, 4, 1e-3);
        options.Validation.Fraction = 0.3;
        options.Validation.EverySteps = 3;
        if (byAutograd)
        {
            (options.NeftuneAlpha, options.Runtime.GradientCheckpointing) = (1, true);
        }

        return options;
    }

    private sealed class BrokenFromTheFifthCall : TokenObjective
    {
        private int _calls;

        public override bool NeedsReference => false;

        public override TokenLosses Evaluate(Tensor logProbabilities, Tensor? referenceLogProbabilities, Tensor labels)
        {
            var losses = AnchoredObjective.For(AsftObjective.Sft, 0, KlDirection.Forward).Evaluate(logProbabilities, null, labels);
            double factor = ++_calls < 5 ? 1 : double.NaN;
            logProbabilities.mul_(factor);
            return new TokenLosses(losses.Loss.mul(factor));
        }
    }
}
