using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// A <see cref="CausalLanguageModel"/> whose parameters have the names and shapes that transformers gives a model of its configuration, so
/// that <see cref="AsftTransformer.SaveModel"/> can write it as a Hugging Face folder.
/// </summary>
public interface IHuggingFaceModel
{
    /// <summary>Gets the configuration by which transformers reads the folder.</summary>
    ModelConfig Config { get; }
}
