using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Training;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.References;

/// <summary>The model before fine-tuning, which the KL anchor compares with.</summary>
internal interface IReferenceModel : IDisposable
{
    /// <summary>Gets the weight of the reference's head, (V, H).</summary>
    Tensor HeadWeight { get; }

    /// <summary>Gets the transform that the reference applies to logits.</summary>
    LogitTransform LogitTransform { get; }

    /// <summary>Does what <see cref="HiddenStates"/> needs of the host for a batch, before the device is ready for it.</summary>
    void Prepare(TrainingBatch batch)
    {
    }

    /// <summary>Computes the reference's hidden states at the positions that predict a batch's labels: (N, H), without an autograd graph.</summary>
    Tensor HiddenStates(TrainingBatch batch);
}
