using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Export;

/// <summary>What an export reads besides weights and template.</summary>
/// <param name="Config">The model's configuration.</param>
/// <param name="Folder">The folder that the model was loaded from.</param>
/// <param name="Tokenizer">The tokenizer of that folder.</param>
internal sealed record ModelSource(ModelConfig Config, string Folder, HuggingFaceTokenizer Tokenizer)
{
    /// <exception cref="InvalidOperationException">The model was made in code.</exception>
    public static ModelSource Of(AsftTransformer model, string format) =>
        model is { ModelConfig: { } config, ModelFolder: { } folder, Tokenizer: HuggingFaceTokenizer tokenizer }
            ? new ModelSource(config, folder, tokenizer)
            : throw new InvalidOperationException(
                $"The model was made in code, and {format} is written for models that come from a folder with config.json and a tokenizer.");
}
