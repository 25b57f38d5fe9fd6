using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// A <see cref="CausalLanguageModel"/> whose parameters have the same names and shapes as in the transformers library, for its configuration. So
/// <see cref="AsftTransformer.SaveModel"/> can write it as a Hugging Face folder.
/// </summary>
public interface IHuggingFaceModel
{
    /// <summary>Gets the configuration with which transformers reads the folder.</summary>
    ModelConfig Config { get; }
}
