using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>The model in training itself, with its adapters off.</summary>
internal sealed class AdapterOffReference(CausalLanguageModel model) : IReferenceModel
{
    public Tensor HeadWeight => model.HeadWeight;

    public Tensor HiddenStates(Tensor inputIds)
    {
        using var noGrad = no_grad();
        bool training = model.training;
        model.AdaptersEnabled = false;
        model.eval();
        try
        {
            return model.Forward(inputIds);
        }
        finally
        {
            model.train(training);
            model.AdaptersEnabled = true;
        }
    }

    public void Dispose()
    {
    }
}
