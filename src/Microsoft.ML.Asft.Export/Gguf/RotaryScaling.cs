using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>The scaling of a model's rotary frequencies, in llama.cpp's metadata.</summary>
internal static class RotaryScaling
{
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
            case "longrope":
                Demand(architecture.ReadsLongRope, "rope_scaling", $"is longrope, which llama.cpp's {architecture.Name} models do not read");
                metadata.Add($"{prefix}.type", "longrope");
                metadata.Add($"{prefix}.original_context_length", scaling.OriginalMaxPositionEmbeddings);
                metadata.Add($"{prefix}.attn_factor", new RotaryFrequencies(config).AttentionFactor);
                warnings.Add(
                    $"llama.cpp takes the short or the long rotary divisors by the size of its context, not by the length of the text. For texts up to "
                    + $"{scaling.OriginalMaxPositionEmbeddings} tokens run it with a context of at most {scaling.OriginalMaxPositionEmbeddings} (-c), and "
                    + "with a larger one only for longer texts.");
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
    /// Computes llama.cpp's divisors of the R/2 frequencies, as named tensors: only <c>llama3</c> and <c>longrope</c> have them. For
    /// <c>longrope</c> they are those of the configuration.
    /// </summary>
    public static IEnumerable<(string Name, float[] Values)> Factors(ModelConfig config)
    {
        if (config.RopeScaling is { RopeType: "llama3" })
        {
            float[] unscaled = new RotaryFrequencies(config with { RopeScaling = null }).Inverse(config.MaxPositionEmbeddings);
            float[] scaled = new RotaryFrequencies(config).Inverse(config.MaxPositionEmbeddings);
            yield return ("rope_freqs.weight", [.. unscaled.Zip(scaled, (one, other) => one / other)]);
        }
        else if (config.RopeScaling?.LongRope is { } factors)
        {
            yield return ("rope_factors_short.weight", [.. factors.Short.Select(factor => (float)factor)]);
            yield return ("rope_factors_long.weight", [.. factors.Long.Select(factor => (float)factor)]);
        }
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
