using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>
/// Adam (arXiv 1412.6980) with the order of operations of PyTorch: it updates the moments, then takes a bias-corrected step. Together with the
/// decoupled weight decay before it, this is AdamW (arXiv 1711.05101, algorithm 2).
/// </summary>
internal sealed class AdamW(Tensor values, Tensor gradients, OptimizerOptions options) : IOptimizer
{
    private readonly Tensor _firstMoment = zeros_like(values).DetachFromDisposeScope();
    private readonly Tensor _secondMoment = zeros_like(values).DetachFromDisposeScope();

    public IReadOnlyDictionary<string, Tensor> State => new Dictionary<string, Tensor> { ["first_moment"] = _firstMoment, ["second_moment"] = _secondMoment };

    public void Step(int step, double learningRate)
    {
        double correction1 = 1 - Math.Pow(options.Beta1, step);
        double correction2 = Math.Sqrt(1 - Math.Pow(options.Beta2, step));
        VectorSlices.ForEach([values, gradients, _firstMoment, _secondMoment], slices =>
        {
            var (value, gradient, first, second) = (slices[0], slices[1], slices[2], slices[3]);
            first.Mul_(options.Beta1).Add_(gradient, 1 - options.Beta1);
            second.Mul_(options.Beta2).AddCMul_(gradient, gradient, 1 - options.Beta2);
            var denominator = second.sqrt().Div_(correction2).Add_(options.Epsilon);
            value.AddCDiv_(first, denominator, -learningRate / correction1);
        });
    }

    public void Dispose()
    {
        _firstMoment.Dispose();
        _secondMoment.Dispose();
    }
}
