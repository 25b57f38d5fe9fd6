using Microsoft.ML.Asft.Options;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>
/// <see cref="Lion"/> as a TorchScript function, for a GPU: libtorch compiles the arithmetic to one kernel there. Two copies put its results in place.
/// The state has the same name, so that a run may resume on another device.
/// </summary>
internal sealed class FusedLion(Tensor values, Tensor gradients, OptimizerOptions options) : IOptimizer
{
    // No operation before the copies is in place, because TorchScript fuses only those that are not.
    private const string Script =
        """
        def lion(value, gradient, momentum, rate: float, beta1: float, beta2: float):
            moved = value - torch.sign(momentum * beta1 + gradient * (1.0 - beta1)) * rate
            kept = momentum * beta2 + gradient * (1.0 - beta2)
            momentum.copy_(kept)
            return value.copy_(moved)

        """;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Script));

    private readonly Tensor _momentum = zeros_like(values).DetachFromDisposeScope();

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["momentum"] = _momentum };

    public void Step(int step, double learningRate)
    {
        // TorchSharp would not keep its own scalars alive.
        using var rate = learningRate.ToScalar();
        using var beta1 = options.Beta1.ToScalar();
        using var beta2 = options.Beta2.ToScalar();
        VectorSlices.ForEach(
            [values, gradients, _momentum], slices => Compiled.Value.invoke<Tensor>("lion", slices[0], slices[1], slices[2], rate, beta1, beta2));
    }

    public void Dispose() => _momentum.Dispose();
}
