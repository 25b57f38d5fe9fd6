using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.References;

/// <summary>The model before fine-tuning, as the anchor needs it.</summary>
internal interface IReferenceModel : IDisposable
{
    /// <summary>Gets the reference's head, (V, H).</summary>
    Tensor HeadWeight { get; }

    /// <summary>Gets what the reference does to logits.</summary>
    LogitTransform LogitTransform { get; }

    /// <summary>Computes the reference's hidden states where a batch has labels: (N, H), without a graph.</summary>
    Tensor HiddenStates(TrainingBatch batch);
}
