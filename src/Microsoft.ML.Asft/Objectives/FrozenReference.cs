using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>A second model that nobody trains.</summary>
internal sealed class FrozenReference : IReferenceModel
{
    private readonly CausalLanguageModel _model;

    /// <param name="model">The reference. It is taken over.</param>
    public FrozenReference(CausalLanguageModel model)
    {
        _model = model;
        _model.eval();
    }

    public Tensor HeadWeight => _model.HeadWeight;

    public Tensor HiddenStates(Tensor inputIds)
    {
        using var noGrad = no_grad();
        return _model.Forward(inputIds);
    }

    public void Dispose() => _model.Dispose();
}
