using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>The scaling of a model's rotary frequencies, in llama.cpp's metadata.</summary>
internal static class RotaryScaling
{
    public const string FactorsName = "rope_freqs.weight";

    /// <summary>Adds the metadata.</summary>
    /// <exception cref="NotSupportedException">llama.cpp does not compute this scaling; the message names the setting.</exception>
    public static void Add(GgufMetadata metadata, Architecture architecture, ModelConfig config, ICollection<string> warnings)
    {
        if (config.RopeScaling is not { } scaling)
        {
            return;
        }

        string prefix = $"{architecture.Name}.rope.scaling";
        switch (scaling.RopeType)
        {
            case "linear":
                metadata.Add($"{prefix}.type", "linear");
                metadata.Add($"{prefix}.factor", scaling.Factor);
                break;
            case "yarn":
                Demand(scaling.Truncate, "rope_scaling.truncate", "is false, and llama.cpp always rounds the bounds of yarn");
                metadata.Add($"{prefix}.type", "yarn");
                metadata.Add($"{prefix}.factor", scaling.Factor);
                metadata.Add($"{prefix}.original_context_length", scaling.OriginalMaxPositionEmbeddings);
                metadata.Add($"{prefix}.yarn_beta_fast", scaling.BetaFast);
                metadata.Add($"{prefix}.yarn_beta_slow", scaling.BetaSlow);
                if (scaling.AttentionFactor is { } factor)
                {
                    // llama.cpp multiplies the paper's value by this.
                    metadata.Add($"{prefix}.attn_factor", factor / ((0.1 * Math.Log(scaling.Factor)) + 1));
                }

                break;
            case "llama3":
                Demand(architecture.ReadsRotaryFactors, "rope_scaling", $"is llama3, which llama.cpp's {architecture.Name} models do not read");
                break;
            case "dynamic":
                warnings.Add(
                    $"llama.cpp does not scale rotary frequencies dynamically: beyond {config.MaxPositionEmbeddings} tokens, the context length "
                    + "in the file, the model would answer differently.");
                break;
            default:
                Demand(false, "rope_scaling", $"is {scaling.RopeType}, and GGUF is not written for it");
                break;
        }
    }

    /// <summary>
    /// Computes llama.cpp's divisors of the D/2 frequencies: 1 for waves that rotate often within the trained length,
    /// the scaling's factor for those that rotate rarely, and between them the mean of both frequencies.
    /// </summary>
    /// <returns>The factors; <see langword="null"/> if the scaling is not <c>llama3</c>.</returns>
    public static float[]? Factors(ModelConfig config)
    {
        if (config.RopeScaling is not { RopeType: "llama3" } scaling)
        {
            return null;
        }

        return [.. Enumerable.Range(0, config.HeadDim / 2).Select(i =>
        {
            double frequency = Math.Pow(config.RopeTheta, -2.0 * i / config.HeadDim);
            double turns = scaling.OriginalMaxPositionEmbeddings * frequency / (2 * Math.PI);
            double keep = Math.Clamp((turns - scaling.LowFreqFactor) / (scaling.HighFreqFactor - scaling.LowFreqFactor), 0, 1);
            return (float)(1 / (keep + ((1 - keep) / scaling.Factor)));
        })];
    }

    private static void Demand(bool holds, string key, string what)
    {
        if (!holds)
        {
            throw new NotSupportedException(
                $"{ModelConfig.FileName}: '{key}' {what}. Save the model as a Hugging Face folder instead (asft merge).");
        }
    }
}
