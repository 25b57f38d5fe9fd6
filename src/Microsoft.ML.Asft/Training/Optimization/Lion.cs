using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>
/// Lion (arXiv 2302.06675, algorithm 2): each value moves by the learning rate in the direction of the sign of an average of momentum and gradient.
/// It keeps one vector of state instead of AdamW's two. Its learning rate is usually 3 to 10 times smaller than AdamW's.
/// </summary>
internal sealed class Lion(Tensor values, Tensor gradients, OptimizerOptions options) : IOptimizer
{
    private readonly Tensor _momentum = zeros_like(values).DetachFromDisposeScope();

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["momentum"] = _momentum };

    public void Step(int step, double learningRate) => VectorSlices.ForEach([values, gradients, _momentum], slices =>
    {
        var (value, gradient, momentum) = (slices[0], slices[1], slices[2]);
        value.Add_(momentum.Mul(options.Beta1).Add_(gradient, 1 - options.Beta1).sign_(), -learningRate);
        momentum.Mul_(options.Beta2).Add_(gradient, 1 - options.Beta2);
    });

    public void Dispose() => _momentum.Dispose();
}
