using System.Globalization;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>
/// Rotary settings in a <c>config.json</c>: <c>rope_theta</c> and <c>rope_scaling</c>, or both within <c>rope_parameters</c>, as
/// transformers 5 writes them.
/// </summary>
internal static class RopeSettings
{
    private const string FullAttention = "full_attention";
    private const string SlidingAttention = "sliding_attention";

    /// <summary>Reads the base and the scaling.</summary>
    /// <param name="config">The file.</param>
    /// <param name="maxPositionEmbeddings">Its number of positions.</param>
    /// <param name="defaultTheta">The base where it says none.</param>
    /// <param name="byLayerType">
    /// Whether layers with a sliding window rotate plainly, so that <c>rope_parameters</c> may have an entry for each kind of layer.
    /// </param>
    /// <param name="hasLocalBase">Whether those layers have a base of their own, which <see cref="WindowTheta"/> reads.</param>
    public static (double Theta, RopeScaling? Scaling) Read(
        JsonSettings config, int maxPositionEmbeddings, double defaultTheta, bool byLayerType, bool hasLocalBase)
    {
        var parameters = config.Section("rope_parameters");
        var scaling = config.Section("rope_scaling") is { Json.Count: > 0 } legacy ? legacy : parameters;
        double theta = scaling?.Number("rope_theta") ?? config.Number("rope_theta") ?? parameters?.Number("rope_theta") ?? defaultTheta;
        RefusePartialRotation(config);
        if (scaling is null)
        {
            return (theta, null);
        }

        RefusePartialRotation(scaling);
        if (byLayerType && scaling.Section(FullAttention) is { } full)
        {
            double fullTheta = full.Number("rope_theta") ?? theta;
            RefuseOtherWindows(scaling, hasLocalBase ? null : fullTheta);
            RefusePartialRotation(full);
            scaling = full;
            theta = fullTheta;
        }

        if (scaling.Json.FirstOrDefault(setting => setting.Value is JsonObject).Key is { } layerType)
        {
            throw scaling.Unsupported(layerType, "is for some layers only, but all layers must rotate alike");
        }

        string typeKey = scaling.Has("rope_type") ? "rope_type" : "type";
        string type = scaling.Text(typeKey) ?? "default";
        return (theta, type == "default" ? null : ReadScaling(scaling, typeKey, type, maxPositionEmbeddings));
    }

    /// <summary>The base of layers with a sliding window, where <c>rope_parameters</c> has an entry for each kind of layer and says it.</summary>
    public static double? WindowTheta(JsonSettings config) =>
        config.Section("rope_parameters")?.Json[SlidingAttention] is JsonObject
            ? config.Section("rope_parameters")!.Section(SlidingAttention)!.Number("rope_theta") : null;

    public static JsonObject? Write(RopeScaling? scaling)
    {
        if (scaling is null)
        {
            return null;
        }

        var json = new JsonObject { ["rope_type"] = scaling.RopeType, ["factor"] = Float(scaling.Factor) };
        if (scaling.RopeType == "llama3")
        {
            json["low_freq_factor"] = Float(scaling.LowFreqFactor);
            json["high_freq_factor"] = Float(scaling.HighFreqFactor);
        }

        if (scaling.RopeType == "yarn")
        {
            json["beta_fast"] = Float(scaling.BetaFast);
            json["beta_slow"] = Float(scaling.BetaSlow);
            json["truncate"] = scaling.Truncate;
            if (scaling.AttentionFactor is { } factor)
            {
                json["attention_factor"] = Float(factor);
            }
        }

        if (scaling.RopeType is "llama3" or "yarn")
        {
            json["original_max_position_embeddings"] = scaling.OriginalMaxPositionEmbeddings;
        }

        return json;
    }

    /// <summary>A number that Python reads as a float, which transformers expects here: 8.0 instead of 8.</summary>
    public static JsonNode Float(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return JsonNode.Parse(text.AsSpan().ContainsAny('.', 'E') ? text : $"{text}.0")!;
    }

    private static RopeScaling ReadScaling(JsonSettings json, string typeKey, string type, int maxPositionEmbeddings)
    {
        if (!RopeScaling.Types.Contains(type))
        {
            throw json.Unsupported(typeKey, $"is '{type}', but only default, {string.Join(", ", RopeScaling.Types)} are supported");
        }

        // transformers scales linearly and dynamically from max_position_embeddings, whatever else the file says.
        bool hasOriginal = type is "llama3" or "yarn" && json.Has("original_max_position_embeddings");
        int original = type == "llama3" || hasOriginal ? json.RequiredInteger("original_max_position_embeddings") : maxPositionEmbeddings;
        double factor = json.Number("factor")
            ?? (type == "yarn" && hasOriginal ? (double)maxPositionEmbeddings / original : throw json.Missing("factor"));
        var scaling = new RopeScaling(type, factor) { OriginalMaxPositionEmbeddings = original };
        return type switch
        {
            "llama3" => scaling with
            {
                LowFreqFactor = json.RequiredNumber("low_freq_factor"),
                HighFreqFactor = json.RequiredNumber("high_freq_factor"),
            },
            "yarn" => scaling with
            {
                BetaFast = json.Number("beta_fast") ?? scaling.BetaFast,
                BetaSlow = json.Number("beta_slow") ?? scaling.BetaSlow,
                AttentionFactor = json.Number("attention_factor")
                    ?? AttentionFactorOf(factor, json.Number("mscale"), json.Number("mscale_all_dim")),
                Truncate = json.Flag("truncate") ?? scaling.Truncate,
            },
            _ => scaling,
        };
    }

    // DeepSeek's variant of yarn gives the factor as the ratio of two of the paper's; a zero counts as absent.
    private static double? AttentionFactorOf(double factor, double? scale, double? scaleOfAllDimensions)
    {
        if (scale is null or 0 || scaleOfAllDimensions is null or 0)
        {
            return null;
        }

        double Paper(double weight) => factor <= 1 ? 1 : (0.1 * weight * Math.Log(factor)) + 1;
        return Paper(scale.Value) / Paper(scaleOfAllDimensions.Value);
    }

    // Layers with a window turn plainly, by the same base unless they have one of their own.
    private static void RefuseOtherWindows(JsonSettings parameters, double? theta)
    {
        if (parameters.Section(SlidingAttention) is { } sliding
            && ((sliding.Text("rope_type") ?? "default") != "default" || (theta is not null && (sliding.Number("rope_theta") ?? theta) != theta)))
        {
            throw parameters.Unsupported(SlidingAttention, "is not plain rotation by the base of the other layers");
        }
    }

    private static void RefusePartialRotation(JsonSettings json)
    {
        if (json.Number("partial_rotary_factor") is not (null or 1))
        {
            throw json.Unsupported("partial_rotary_factor", "is not 1, but only rotations of a head's whole width are supported");
        }
    }
}
