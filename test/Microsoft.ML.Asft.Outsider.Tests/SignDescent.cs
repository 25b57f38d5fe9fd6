using Microsoft.ML.Asft.Training.Optimization;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Outsider.Tests;

/// <summary>Steps along the sign of an average of the gradients, which is its state.</summary>
internal sealed class SignDescent(Tensor values, Tensor gradients) : IOptimizer
{
    private readonly Tensor _average = zeros_like(values).DetachFromDisposeScope();

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["average"] = _average };

    public void Step(int step, double learningRate)
    {
        using var scope = NewDisposeScope();
        _average.mul_(0.9).add_(gradients, 0.1);
        values.add_(_average.sign(), -learningRate);
    }

    public void Dispose() => _average.Dispose();
}
