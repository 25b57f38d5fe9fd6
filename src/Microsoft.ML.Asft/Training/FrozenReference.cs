using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Training;

/// <summary>A second model that nobody trains.</summary>
internal sealed class FrozenReference : IReferenceModel
{
    private readonly CausalLanguageModel _model;
    private readonly BatchRunner _runner;

    /// <param name="model">The reference. It is taken over.</param>
    public FrozenReference(CausalLanguageModel model)
    {
        _model = model;
        _model.eval();
        _runner = BatchRunner.For(model, recompute: true);
    }

    public Tensor HeadWeight => _model.HeadWeight;

    public Tensor HiddenStates(TrainingBatch batch) => _runner.HiddenStates(batch);

    public void Dispose()
    {
        _runner.Dispose();
        _model.Dispose();
    }
}
