using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Execution;

/// <summary>Both executors on a model of each family, with all the traits that it has.</summary>
public class FamilyExecutorTests
{
    private const string MildRotary =
        """{"rope_scaling":{"type":"longrope","attention_factor":1.0,"short_factor":[1.0,1.1,1.3,1.6],"long_factor":[1.2,2.0,5.0,11.0]}}""";

    public static IEnumerable<object[]> Cases =>
        from model in Golden.Models
        from lora in new[] { true, false }
        select new object[] { model, lora };

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_cpu_executor_has_autograds_hidden_states_and_gradients(string name, bool lora)
    {
        using var scope = NewDisposeScope();
        var expected = Run(name, ScalarType.Float32, lora, model => new AutogradBatchRunner(model, recompute: false));
        foreach (bool recompute in new[] { false, true })
        {
            var actual = Run(name, ScalarType.Float32, lora, model => new CpuBatchRunner(model, recompute));
            Assert.InRange(Distance(expected.Hidden, actual.Hidden), 0, 1e-5);
            Assert.InRange(Distance(expected.Gradient, actual.Gradient), 0, 1e-5);
        }
    }

    // The models' weights are large, so that every trait shows: bfloat16 is then far from float32 whoever computes it.
    [Theory]
    [MemberData(nameof(Cases))]
    public void In_bfloat16_the_cpu_executor_is_as_near_to_float32_as_autograd_is(string name, bool lora)
    {
        using var scope = NewDisposeScope();

        // This model's attention factor is 1.73, and nearly all of a token's attention is on one other token. In the backward pass the CPU executor has
        // attention's weights in bfloat16, in which 0.998 is 1, and autograd has them in float32. So the factor is 1 here.
        var settings = name == "phi35-long" ? JsonNode.Parse(MildRotary)!.AsObject() : null;

        // If a difference in the last digit sends a token to another expert, all numbers of that token differ.
        double factor = Golden.HasExperts(name) ? 2 : 1.25;
        var exact = Run(name, ScalarType.Float32, lora, model => new AutogradBatchRunner(model, recompute: false), settings);
        var autograd = Run(name, ScalarType.BFloat16, lora, model => new AutogradBatchRunner(model, recompute: false), settings);
        foreach (bool recompute in new[] { false, true })
        {
            var actual = Run(name, ScalarType.BFloat16, lora, model => new CpuBatchRunner(model, recompute), settings);
            Assert.InRange(Distance(exact.Hidden, actual.Hidden), 0, factor * Distance(exact.Hidden, autograd.Hidden));
            Assert.InRange(Distance(exact.Gradient, actual.Gradient), 0, factor * Distance(exact.Gradient, autograd.Gradient));
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Automatic_choice_takes_the_cpu_executor(string name)
    {
        using var model = Golden.Load(name).Model;
        using var runner = BatchRunner.For(model, recompute: false);
        Assert.IsType<CpuBatchRunner>(runner);
    }

    public static TheoryData<string> Names => [.. Golden.Models];

    private static (Tensor Hidden, Tensor Gradient) Run(string name, ScalarType dtype, bool lora, Func<Decoder, BatchRunner> runs, JsonObject? settings = null)
    {
        var loaded = Golden.Load(name, dtype, settings: settings);
        using var model = (Decoder)loaded.Model;
        using var runner = runs(model);
        using var generator = new Generator(5);
        using var parameters = new FlatParameters(lora ? loaded.Adapters!.Parameters
            : model.named_parameters().Where(p => !p.name.Contains(".lora_", StringComparison.Ordinal)).Select(p => (p.name, p.parameter)));
        var hidden = runner.Forward(new TrainingBatch(Golden.Examples, CPU, new uint[Golden.Examples.Count]));
        runner.Backward(empty(hidden.shape).normal_(0, 1, generator).to_type(hidden.dtype), parameters);
        return (hidden.detach(), parameters.Gradients.clone());
    }

    private static double Distance(Tensor expected, Tensor actual) =>
        expected.sub(actual.to_type(ScalarType.Float32)).norm().item<float>() / expected.norm().item<float>();
}
