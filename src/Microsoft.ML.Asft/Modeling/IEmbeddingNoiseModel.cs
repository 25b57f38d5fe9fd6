using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>A <see cref="CausalLanguageModel"/> that can add noise to its embeddings in training (<see cref="AsftOptions.NeftuneAlpha"/>).</summary>
public interface IEmbeddingNoiseModel
{
    /// <summary>
    /// Gets or sets a function that the model applies to its embeddings (B, T, H) in training mode. It returns a tensor of the same shape. The default is
    /// <see langword="null"/>: no function.
    /// </summary>
    Func<Tensor, Tensor>? EmbeddingNoise { get; set; }
}
