using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Modeling.Execution;

/// <summary>Weights that libtorch's operators expand, under autograd, as on a GPU, against the CPU executor.</summary>
public class QuantizedExecutorTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (string model in new[] { "qwen2", "phi3", "qwen3-moe" })
            {
                foreach (var format in new[] { StorageFormat.Int8, StorageFormat.Nf4, StorageFormat.Nf4Double })
                {
                    cases.Add(model, format.ToString());
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Hidden_states_and_gradients_are_those_of_the_cpu_executor(string model, string format)
    {
        var storage = new ModelFormat(ScalarType.Float32, Enum.Parse<StorageFormat>(format));
        var expected = Run(model, storage, byOperators: false, decoder => new CpuBatchRunner(decoder, recompute: false));
        var actual = Run(model, storage, byOperators: true, decoder => new AutogradBatchRunner(decoder, recompute: false));
        Close(expected.Hidden, actual.Hidden);
        Close(expected.Gradient, actual.Gradient);
    }

    private static (Tensor Hidden, Tensor Gradient) Run(string model, ModelFormat format, bool byOperators, Func<Decoder, BatchRunner> runBy)
    {
        string folder = Path.Combine(Golden.Folder, model);
        using var decoder = DecoderLoader.Load(folder, format, CPU, expandByOperators: byOperators);
        Assert.All(decoder.AdaptableLayers().Where(layer => layer.Layer.Stored is not null), layer => Assert.Equal(byOperators, layer.Layer.Stored is DeviceWeight));
        Assert.Contains(decoder.AdaptableLayers(), layer => layer.Layer.Stored is not null);
        var adapters = AdapterSet.Load(decoder, Path.Combine(folder, "adapter"));
        using var parameters = new FlatParameters(adapters.Parameters);
        using var runner = runBy(decoder);
        using var batch = new TrainingBatch(Golden.Examples, CPU);
        using var generator = new Generator(2);
        var hidden = runner.Forward(batch);
        runner.Backward(empty(hidden.shape).normal_(0, 1, generator), parameters);
        return (hidden.clone(), parameters.Gradients.clone());
    }

    private static void Close(Tensor expected, Tensor actual) =>
        Assert.InRange(actual.sub(expected).norm().item<float>() / expected.norm().item<float>(), 0, 1e-5);
}
