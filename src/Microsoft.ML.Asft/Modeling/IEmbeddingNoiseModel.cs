using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>A <see cref="CausalLanguageModel"/> whose embeddings can be given noise in training (<see cref="AsftOptions.NeftuneAlpha"/>).</summary>
public interface IEmbeddingNoiseModel
{
    /// <summary>
    /// Gets or sets what the model passes its embeddings (B, T, H) through, for a tensor of the same shape, while it is in training mode;
    /// <see langword="null"/>, the default, for nothing.
    /// </summary>
    Func<Tensor, Tensor>? EmbeddingNoise { get; set; }
}
