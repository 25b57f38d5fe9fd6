using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>
/// Adam with decoupled weight decay (arXiv 1711.05101, algorithm 2) over one flat vector, in the order of operations of
/// PyTorch's: decay, moments, bias-corrected step.
/// </summary>
internal sealed class AdamW : IDisposable
{
    // Elements worked on at once: what the step needs besides the moments stays small and in the cache.
    private const long Slice = 1 << 20;

    private readonly ParameterStore _parameters;
    private readonly double _beta1;
    private readonly double _beta2;
    private readonly double _epsilon;
    private readonly double _weightDecay;
    private readonly Tensor _firstMoment;
    private readonly Tensor _secondMoment;
    public AdamW(ParameterStore parameters, double beta1, double beta2, double epsilon, double weightDecay)
    {
        _parameters = parameters;
        (_beta1, _beta2, _epsilon, _weightDecay) = (beta1, beta2, epsilon, weightDecay);
        _firstMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
        _secondMoment = zeros_like(parameters.Values).DetachFromDisposeScope();
    }

    /// <summary>Gets the running mean of the gradients, float32 (P).</summary>
    public Tensor FirstMoment => _firstMoment;

    /// <summary>Gets the running mean of their squares, float32 (P).</summary>
    public Tensor SecondMoment => _secondMoment;

    /// <summary>Gets or sets the number of steps taken; set it where the moments are put back too.</summary>
    public int Steps { get; set; }

    /// <summary>Takes one step along the gradients and sets them to zero.</summary>
    /// <param name="learningRate">The step size.</param>
    /// <param name="gradientScale">What the gradients are multiplied by beforehand, as clipping asks for.</param>
    public void Step(double learningRate, double gradientScale)
    {
        using var noGrad = no_grad();
        Steps++;
        double correction1 = 1 - Math.Pow(_beta1, Steps);
        double correction2 = Math.Sqrt(1 - Math.Pow(_beta2, Steps));
        if (_weightDecay > 0 && _parameters.DecayedLength > 0)
        {
            using var decayed = _parameters.Values.narrow(0, 0, _parameters.DecayedLength);
            decayed.mul_(1 - (learningRate * _weightDecay));
        }

        long total = _parameters.Values.numel();
        for (long start = 0; start < total; start += Slice)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(Slice, total - start);
            var gradient = _parameters.Gradients.narrow(0, start, count);
            var first = _firstMoment.narrow(0, start, count);
            var second = _secondMoment.narrow(0, start, count);
            if (gradientScale != 1)
            {
                gradient.mul_(gradientScale);
            }

            first.mul_(_beta1).add_(gradient, 1 - _beta1);
            second.mul_(_beta2).addcmul_(gradient, gradient, 1 - _beta2);
            var denominator = second.sqrt().div_(correction2).add_(_epsilon);
            _parameters.Values.narrow(0, start, count).addcdiv_(first, denominator, -learningRate / correction1);
            gradient.zero_();
        }

        _parameters.PublishValues();
    }

    public void Dispose()
    {
        _firstMoment.Dispose();
        _secondMoment.Dispose();
    }
}
