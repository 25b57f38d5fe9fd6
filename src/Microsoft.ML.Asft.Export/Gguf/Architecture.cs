using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>llama.cpp's implementation of a model family.</summary>
/// <param name="Name">llama.cpp's name of the architecture.</param>
internal sealed record Architecture(string Name)
{
    private static readonly Dictionary<string, Architecture> ByModelType = new(StringComparer.Ordinal)
    {
        ["llama"] = new("llama") { RotatesNeighbours = true, ReadsRotaryFactors = true, ReadsOutputBias = true, ReadsFeedForwardBias = true },
        ["mistral"] = new("llama") { RotatesNeighbours = true, ReadsRotaryFactors = true },
        ["qwen2"] = new("qwen2"),
        ["qwen3"] = new("qwen3"),
    };

    /// <summary>
    /// Gets whether the rotary embedding rotates neighbours (2i, 2i + 1) as in Meta's code, instead of halves (i, i + D/2) as in
    /// Hugging Face's. The rows of query and key projections are then in another order.
    /// </summary>
    public bool RotatesNeighbours { get; private init; }

    /// <summary>Gets whether a tensor may divide each rotary frequency, which <c>llama3</c> scaling needs.</summary>
    public bool ReadsRotaryFactors { get; private init; }

    /// <summary>Gets whether the attention's output projection may have a bias.</summary>
    public bool ReadsOutputBias { get; private init; }

    /// <summary>Gets whether the feed-forward block may have biases.</summary>
    public bool ReadsFeedForwardBias { get; private init; }

    /// <summary>Gets the architecture of a model.</summary>
    /// <exception cref="NotSupportedException">
    /// llama.cpp has none, or it lacks a part of the model; the message names the setting.
    /// </exception>
    public static Architecture Of(ModelConfig config)
    {
        if (!ByModelType.TryGetValue(config.ModelType, out var architecture))
        {
            throw new NotSupportedException(
                $"GGUF is written for the model types {string.Join(", ", ByModelType.Keys)}; this model is '{config.ModelType}'. "
                + "Save it as a Hugging Face folder instead (asft merge).");
        }

        Demand(!config.OutputProjectionBias || architecture.ReadsOutputBias, "attention_bias", "a bias of the attention's output projection");
        Demand(!config.MlpBias || architecture.ReadsFeedForwardBias, "mlp_bias", "biases of the feed-forward block");
        return architecture;

        void Demand(bool holds, string key, string what)
        {
            if (!holds)
            {
                throw new NotSupportedException(
                    $"{ModelConfig.FileName}: '{key}' is set, but llama.cpp's {architecture.Name} models have no {what}. "
                    + "Save the model as a Hugging Face folder instead (asft merge).");
            }
        }
    }
}
