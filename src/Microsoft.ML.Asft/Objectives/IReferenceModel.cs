using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>The model before fine-tuning, as the anchor needs it.</summary>
internal interface IReferenceModel : IDisposable
{
    /// <summary>Gets the reference's head, (V, H).</summary>
    Tensor HeadWeight { get; }

    /// <summary>Computes the reference's hidden states of a batch.</summary>
    /// <param name="inputIds">int64 (B, T), padded on the right.</param>
    /// <returns>(B, T, H), without a graph.</returns>
    Tensor HiddenStates(Tensor inputIds);
}
