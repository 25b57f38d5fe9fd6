using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>
/// Takes optimizer steps: what every update rule needs around it (clipping, decoupled weight decay, zeroed gradients, the way back to the model) and the rule.
/// </summary>
internal sealed class ParameterUpdater : IDisposable
{
    private readonly ParameterStore _parameters;
    private readonly double _weightDecay;

    public ParameterUpdater(ParameterStore parameters, OptimizerOptions options)
    {
        (_parameters, _weightDecay) = (parameters, options.WeightDecay);
        Optimizer = options.Custom is { } create ? create(parameters.Values, parameters.Gradients) : options.Algorithm switch
        {
            OptimizerAlgorithm.Lion => new Lion(parameters.Values, parameters.Gradients, options),
            OptimizerAlgorithm.AdamW => new AdamW(parameters.Values, parameters.Gradients, options),
            var other => throw new ArgumentException($"Optimizer.Algorithm is {other}, which is no update rule.", nameof(options)),
        };
    }

    /// <summary>Gets the update rule.</summary>
    public IOptimizer Optimizer { get; }

    /// <summary>Gets or sets the number of steps taken; set it where the rule's state is put back too.</summary>
    public int Steps { get; set; }

    /// <summary>Takes one step along the gradients and sets them to zero.</summary>
    /// <param name="learningRate">The step size.</param>
    /// <param name="gradientScale">What the gradients are multiplied by first, as clipping asks for.</param>
    public void Step(double learningRate, double gradientScale)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Steps++;
        if (gradientScale != 1)
        {
            _parameters.Gradients.mul_(gradientScale);
        }

        if (_weightDecay > 0 && _parameters.DecayedLength > 0)
        {
            _parameters.Values.narrow(0, 0, _parameters.DecayedLength).mul_(1 - (learningRate * _weightDecay));
        }

        Optimizer.Step(Steps, learningRate);
        _parameters.Gradients.zero_();
        _parameters.PublishValues();
    }

    public void Dispose() => Optimizer.Dispose();
}
