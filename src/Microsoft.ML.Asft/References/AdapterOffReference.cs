using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.References;

/// <summary>Uses the model in training as the reference, with its adapters switched off.</summary>
internal sealed class AdapterOffReference(CausalLanguageModel model, BatchRunner runner) : IReferenceModel
{
    public Tensor HeadWeight => model.HeadWeight;

    public LogitTransform LogitTransform => model.LogitTransform;

    public Tensor HiddenStates(TrainingBatch batch)
    {
        bool training = model.training;
        model.AdaptersEnabled = false;
        model.eval();
        try
        {
            return runner.HiddenStates(batch);
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
