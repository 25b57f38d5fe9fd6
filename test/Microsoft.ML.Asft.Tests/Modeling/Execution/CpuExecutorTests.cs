using Microsoft.ML.Asft.Checkpoints.Adapters;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Execution;

public class CpuExecutorTests
{
    // One sequence needs two blocks of queries; two are of one length.
    private static readonly EncodedExample[] Examples = [Example(7, 1), Example(150, 2), Example(21, 3), Example(21, 4)];

    public static IEnumerable<object[]> Models =>
        from model in new[] { "qwen2", "llama", "mistral", "qwen3", "granite", "ministral3", "olmo2", "olmo3", "gemma2", "gemma3_text", "phi3", "qwen3_moe", "mixtral" }
        from lora in new[] { true, false }
        from recompute in new[] { true, false }
        select new object[] { model, lora, recompute };

    [Theory]
    [MemberData(nameof(Models))]
    public void Hidden_states_and_gradients_are_those_of_autograd(string architecture, bool lora, bool recompute)
    {
        using var scope = NewDisposeScope();
        using var model = Model(architecture);
        var parameters = Trained(model, lora, dropout: 0);
        var (expected, expectedGradient) = Run(model, new AutogradBatchRunner(model, recompute: false, packing: false), parameters);
        var (actual, actualGradient) = Run(model, new CpuBatchRunner(model, recompute), parameters);
        Close(expected, actual, 1e-4);
        Close(expectedGradient, actualGradient, 1e-4);
    }

    public static IEnumerable<object[]> Wirings =>
        from dtype in new[] { ScalarType.Float32, ScalarType.BFloat16 }
        from placement in Enum.GetNames<NormPlacement>()
        from multiplier in new[] { 1, 0.4 }
        from lora in new[] { true, false }
        from recompute in new[] { true, false }
        select new object[] { dtype, placement, multiplier, lora, recompute };

    [Theory]
    [MemberData(nameof(Wirings))]
    public void Every_wiring_of_a_layer_has_autograds_gradients(ScalarType dtype, string placement, double multiplier, bool lora, bool recompute)
    {
        using var scope = NewDisposeScope();
        using var model = Model("qwen3", dtype, Enum.Parse<NormPlacement>(placement), multiplier);
        var parameters = Trained(model, lora, dropout: 0);
        var (expected, expectedGradient) = Run(model, new AutogradBatchRunner(model, recompute: false), parameters);
        var (actual, actualGradient) = Run(model, new CpuBatchRunner(model, recompute), parameters);
        double tolerance = dtype == ScalarType.Float32 ? 1e-5 : 3e-2;
        Close(expected, actual, tolerance);
        Close(expectedGradient, actualGradient, tolerance);

        // Leaving a part out is no rounding error.
        using var other = Model("qwen3", dtype, Enum.Parse<NormPlacement>(placement), multiplier: 0.7);
        Assert.ThrowsAny<Exception>(() => Close(expected, Run(other, new CpuBatchRunner(other, recompute), Trained(other, lora, 0)).Hidden, tolerance));
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void Autograd_drops_what_is_dropped_here(bool packing, bool recompute)
    {
        using var scope = NewDisposeScope();
        using var model = Model("qwen2");
        var parameters = Trained(model, lora: true, dropout: 0.4);
        model.train();
        var (expected, expectedGradient) = Run(model, new CpuBatchRunner(model, recompute: false), parameters);
        var (actual, actualGradient) = Run(model, new AutogradBatchRunner(model, recompute, packing), parameters);
        Close(expected, actual, 1e-5);
        Close(expectedGradient, actualGradient, 1e-4);
        model.eval();
        Assert.False(expected.allclose(Run(model, new CpuBatchRunner(model, recompute: false), parameters).Hidden, 1e-3, 1e-3));
    }

    [Theory]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void Half_precision_stays_near_float32(string architecture)
    {
        using var scope = NewDisposeScope();
        using var single = Model(architecture);
        using var half = Model(architecture, ScalarType.BFloat16);
        var (expected, expectedGradient) = Run(single, new CpuBatchRunner(single, false), Trained(single, lora: true, dropout: 0));
        var (actual, actualGradient) = Run(half, new CpuBatchRunner(half, false), Trained(half, lora: true, dropout: 0));
        Close(expected, actual, 5e-2);
        Close(expectedGradient, actualGradient, 5e-2);
    }

    [Fact]
    public void What_drops_out_follows_from_the_key_and_the_position_alone()
    {
        using var scope = NewDisposeScope();
        using var model = Model("qwen2");
        Trained(model, lora: true, dropout: 0.4);
        model.train();
        using var runner = new CpuBatchRunner(model, recompute: false);
        var together = runner.Forward(new TrainingBatch(Examples, CPU, [5, 6, 7, 8]));
        var alone = runner.Forward(new TrainingBatch([Examples[2]], CPU, [7]));
        var other = runner.Forward(new TrainingBatch([Examples[2]], CPU, [9]));
        long start = Examples[..2].Sum(TrainingBatch.LabelCount);
        Close(together.narrow(0, start, alone.shape[0]), alone, 1e-4);
        Assert.False(alone.allclose(other, 1e-3, 1e-3));
    }

    [Fact]
    public void Gradients_with_dropout_are_those_of_finite_differences()
    {
        using var scope = NewDisposeScope();
        using var model = Model("qwen2");
        var parameters = Trained(model, lora: true, dropout: 0.4);
        model.train();
        using var runner = new CpuBatchRunner(model, recompute: true);
        using var generator = new Generator(11);
        var direction = empty(parameters.Values.shape).normal_(0, 1, generator);
        direction.div_(direction.norm());
        var batch = new TrainingBatch(Examples, CPU, [1, 2, 3, 4]);
        var weights = empty([batch.Labels.numel(), model.Config.HiddenSize]).normal_(0, 1, generator);

        runner.Forward(batch);
        runner.Backward(weights, parameters);
        double slope = parameters.Gradients.mul(direction).sum().item<float>();
        const double step = 2e-2;
        double difference = (Value(step) - Value(-step)) / (2 * step);
        Assert.Equal(slope, difference, 2e-2 * Math.Abs(slope));

        double Value(double offset)
        {
            using var inner = NewDisposeScope();
            using var noGrad = no_grad();
            parameters.Values.add_(direction, offset);
            double value = runner.Forward(batch).mul(weights).sum().item<float>();
            parameters.Values.add_(direction, -offset);
            return value;
        }
    }

    private static (Tensor Hidden, Tensor Gradient) Run(Decoder model, BatchRunner runner, FlatParameters parameters)
    {
        using (runner)
        {
            using var generator = new Generator(5);
            var batch = new TrainingBatch(Examples, CPU, [5, 6, 7, 8]);
            var hidden = runner.Forward(batch);
            runner.Backward(empty(hidden.shape).normal_(0, 1, generator).to_type(hidden.dtype), parameters);
            var gradient = parameters.Gradients.clone();
            using var noGrad = no_grad();
            parameters.Gradients.zero_();
            return (hidden, gradient);
        }
    }

    // Widths that sixteen does not divide, and a window that the longest sequence outgrows.
    private static Decoder Model(
        string architecture, ScalarType dtype = ScalarType.Float32, NormPlacement placement = NormPlacement.BeforeBody, double multiplier = 1)
    {
        var config = ModelConfig.Create(architecture, 61, 40, 52, 2, 4, 2, architecture == "qwen3" ? 14 : null);
        config = architecture == "qwen3" ? config with { RotaryLayers = [true, false] } : config;
        config = architecture == "mistral" ? config with { SlidingWindow = 23 } : config;

        // The frequencies change above 20 tokens, so that a batch has sequences of both kinds.
        config = architecture == "phi3" ? config with
        {
            PartialRotaryFactor = 0.8,
            RopeScaling = new RopeScaling("longrope", 4) { OriginalMaxPositionEmbeddings = 20, LongRope = new([1, 1.1, 1.3, 1.6], [1.2, 2, 5, 11]) },
        } : config;
        return DecoderLoader.CreateRandom(
            config with { NormPlacement = placement, ResidualMultiplier = multiplier }, seed: 9, dtype, deviation: 0.2);
    }

    private static FlatParameters Trained(Decoder model, bool lora, double dropout)
    {
        if (!lora)
        {
            return new FlatParameters(model.named_parameters().Select(p => (p.name, p.parameter)));
        }

        var config = new AdapterConfig { R = 9, LoraAlpha = 18, LoraDropout = dropout, TargetModules = [], TargetPattern = AdapterConfig.AllLinear };
        var adapters = AdapterSet.AddNew(model, config, seed: 2);
        using var noGrad = no_grad();
        using var generator = new Generator(4);
        foreach (var (_, parameter) in adapters.Parameters)
        {
            parameter.add_(empty(parameter.shape).normal_(0, 0.1, generator));
        }

        return new FlatParameters(adapters.Parameters);
    }

    private static EncodedExample Example(int length, int seed)
    {
        var random = new Random(seed);
        int[] ids = [.. Enumerable.Range(0, length).Select(_ => random.Next(61))];
        return new EncodedExample(ids, [.. ids.Select((id, i) => i < 3 ? EncodedExample.IgnoreIndex : id)]);
    }

    private static void Close(Tensor expected, Tensor actual, double relative)
    {
        (expected, actual) = (expected.to_type(ScalarType.Float32), actual.to_type(ScalarType.Float32));
        double error = expected.sub(actual).norm().item<float>() / expected.norm().item<float>();
        Assert.True(error < relative, $"The relative error is {error}.");
    }
}
