using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training.Optimization;

/// <summary>
/// Takes optimizer steps. It does what every update rule needs: it clips gradients, applies decoupled weight decay, calls the rule, sets the gradients to
/// zero and copies the values to the model.
/// </summary>
internal sealed class ParameterUpdater : IDisposable
{
    private readonly ParameterStore _parameters;
    private readonly double _weightDecay;

    public ParameterUpdater(ParameterStore parameters, OptimizerOptions options)
    {
        (_parameters, _weightDecay) = (parameters, options.WeightDecay);
        (var values, var gradients) = (parameters.Values, parameters.Gradients);
        bool isOnGpu = values.device_type == TorchSharp.DeviceType.CUDA;
        Optimizer = options.Custom is { } create ? create(values, gradients) : options.Algorithm switch
        {
            OptimizerAlgorithm.Lion => isOnGpu ? new FusedLion(values, gradients, options) : new Lion(values, gradients, options),
            OptimizerAlgorithm.AdamW => isOnGpu ? new FusedAdamW(values, gradients, options) : new AdamW(values, gradients, options),
            var other => throw new ArgumentException($"Optimizer.Algorithm is {other}, which is not an update rule.", nameof(options)),
        };
    }

    /// <summary>Gets the update rule.</summary>
    public IOptimizer Optimizer { get; }

    /// <summary>Gets or sets the number of steps taken. A resumed run sets it when it loads the rule's state.</summary>
    public int Steps { get; set; }

    /// <summary>Takes one step along the gradients and sets them to zero.</summary>
    /// <param name="learningRate">The step size.</param>
    /// <param name="gradientScale">The factor that clips the gradients, 1 for no clipping.</param>
    public void Step(double learningRate, double gradientScale)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Steps++;
        if (gradientScale != 1)
        {
            _parameters.Gradients.Mul_(gradientScale);
        }

        if (_weightDecay > 0 && _parameters.DecayedLength > 0)
        {
            _parameters.Values.narrow(0, 0, _parameters.DecayedLength).Mul_(1 - (learningRate * _weightDecay));
        }

        Optimizer.Step(Steps, learningRate);
        _parameters.Gradients.zero_();
        _parameters.PublishValues();
    }

    public void Dispose() => Optimizer.Dispose();
}
