using Microsoft.ML.Asft.Options;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>
/// <see cref="AdamW"/> by libtorch's fused operator, for a GPU: one kernel reads the gradients once, and reads and writes values and moments once. The
/// state has the same names, so that a run may resume on another device.
/// </summary>
internal sealed class FusedAdamW(Tensor values, Tensor gradients, OptimizerOptions options) : IOptimizer
{
    // TorchSharp has no method for the operator. The caller applies weight decay. The vectors come in lists, because TorchScript would drop the call as one
    // without effect if the lists were made here.
    private const string Script =
        """
        def adamw(values: List[Tensor], gradients: List[Tensor], first: List[Tensor], second: List[Tensor], steps: List[Tensor],
                  rate: float, beta1: float, beta2: float, epsilon: float):
            torch._fused_adamw_(values, gradients, first, second, [], steps, lr=rate, beta1=beta1, beta2=beta2,
                                weight_decay=0.0, eps=epsilon, amsgrad=False, maximize=False)
            return values[0]

        """;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Script));

    private readonly Tensor _firstMoment = zeros_like(values).DetachFromDisposeScope();
    private readonly Tensor _secondMoment = zeros_like(values).DetachFromDisposeScope();
    private readonly Tensor _step = zeros([], ScalarType.Float32, values.device).DetachFromDisposeScope();   // on the device, so that no step waits for it

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["first_moment"] = _firstMoment, ["second_moment"] = _secondMoment };

    public void Step(int step, double learningRate)
    {
        // TorchSharp would not keep its own scalars alive.
        using var number = step.ToScalar();
        using var rate = learningRate.ToScalar();
        using var beta1 = options.Beta1.ToScalar();
        using var beta2 = options.Beta2.ToScalar();
        using var epsilon = options.Epsilon.ToScalar();
        _step.fill_(number);
        VectorSlices.ForEach([values, gradients, _firstMoment, _secondMoment], slices => Compiled.Value.invoke<Tensor>(
            "adamw", [.. slices.Select(slice => new[] { slice }), new[] { _step }, rate, beta1, beta2, epsilon]));
    }

    public void Dispose()
    {
        _firstMoment.Dispose();
        _secondMoment.Dispose();
        _step.Dispose();
    }
}
