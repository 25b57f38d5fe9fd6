using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.References;

/// <summary>Uses a second model, which is not trained, as the reference.</summary>
internal sealed class FrozenReference : IReferenceModel
{
    private readonly CausalLanguageModel _model;
    private readonly BatchRunner _runner;
    private readonly bool _leaveOpen;

    /// <param name="model">The reference.</param>
    /// <param name="leaveOpen">Whether the caller still owns the model and disposes it.</param>
    public FrozenReference(CausalLanguageModel model, bool leaveOpen = false)
    {
        (_model, _leaveOpen) = (model, leaveOpen);
        _model.eval();
        _runner = BatchRunner.For(model, recompute: true);
    }

    public Tensor HeadWeight => _model.HeadWeight;

    public LogitTransform LogitTransform => _model.LogitTransform;

    public Tensor HiddenStates(TrainingBatch batch) => _runner.HiddenStates(batch);

    public void Dispose()
    {
        _runner.Dispose();
        if (!_leaveOpen)
        {
            _model.Dispose();
        }
    }
}
