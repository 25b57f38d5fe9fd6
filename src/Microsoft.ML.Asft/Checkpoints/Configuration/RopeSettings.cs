using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Families;

namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>
/// Rotary settings in a <c>config.json</c>: <c>rope_theta</c> and <c>rope_scaling</c>, or both within <c>rope_parameters</c>, as
/// transformers 5 writes them.
/// </summary>
internal static class RopeSettings
{
    private const string FullAttention = "full_attention";
    private const string SlidingAttention = "sliding_attention";
    private const string ShortKey = "short_factor";
    private const string LongKey = "long_factor";
    internal const string OriginalKey = "original_max_position_embeddings";

    /// <summary>Reads the base and the scaling.</summary>
    /// <param name="config">The file.</param>
    /// <param name="maxPositionEmbeddings">Its number of positions.</param>
    /// <param name="family">
    /// The family. It has the default of the base. If its layers with a sliding window do not scale the frequencies, <c>rope_parameters</c> may have
    /// an entry for each kind of layer. If they have their own base, <see cref="WindowTheta"/> reads it.
    /// </param>
    public static (double Theta, RopeScaling? Scaling) Read(JsonSettings config, int maxPositionEmbeddings, ModelFamily family)
    {
        var parameters = config.Section("rope_parameters");
        var scaling = config.Section("rope_scaling") is { Json.Count: > 0 } legacy ? legacy : parameters;
        double theta = scaling?.Number("rope_theta") ?? config.Number("rope_theta") ?? parameters?.Number("rope_theta") ?? family.RopeTheta;
        if (scaling is null)
        {
            return (theta, null);
        }

        if (family.Rotary.SetsWindowsApart && scaling.Section(FullAttention) is { } full)
        {
            double fullTheta = full.Number("rope_theta") ?? theta;
            RefuseOtherWindows(scaling, family.Rotary.HasLocalBase ? null : fullTheta);
            scaling = full;
            theta = fullTheta;
        }

        if (scaling.Json.FirstOrDefault(setting => setting.Value is JsonObject).Key is { } layerType)
        {
            throw scaling.Unsupported(layerType, "is for some layers only, but all layers must rotate alike");
        }

        string typeKey = scaling.Has("rope_type") ? "rope_type" : "type";
        string type = scaling.Text(typeKey) ?? "default";
        return (theta, type == "default" ? null
            : IsLongRope(scaling, type) ? ReadLongRope(config, scaling, maxPositionEmbeddings, family.OriginalMaxPositionEmbeddings)
            : ReadScaling(scaling, typeKey, type, maxPositionEmbeddings));
    }

    /// <summary>The base of layers with a sliding window in <c>rope_parameters</c>; <see langword="null"/> if they have no entry there, or it has no base.</summary>
    public static double? WindowTheta(JsonSettings config) =>
        config.Section("rope_parameters")?.Json[SlidingAttention] is JsonObject
            ? config.Section("rope_parameters")!.Section(SlidingAttention)!.Number("rope_theta") : null;

    /// <summary>Writes the scaling. The original length of <c>longrope</c> is a setting outside it.</summary>
    public static JsonObject? Write(RopeScaling? scaling, int maxPositionEmbeddings)
    {
        if (scaling is null)
        {
            return null;
        }

        if (scaling.LongRope is not null)
        {
            return WriteLongRope(scaling, maxPositionEmbeddings);
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
            json[OriginalKey] = scaling.OriginalMaxPositionEmbeddings;
        }

        return json;
    }

    /// <summary>A number that Python reads as a float, which transformers expects here: 8.0 instead of 8.</summary>
    public static JsonNode Float(double value)
    {
        string text = value.ToString("R", CultureInfo.InvariantCulture);
        return JsonNode.Parse(text.AsSpan().ContainsAny('.', 'E') ? text : $"{text}.0")!;
    }

    // The first checkpoints of Phi-3 call longrope "su" or "yarn".
    private static bool IsLongRope(JsonSettings json, string type) => type == "longrope" || (type is "su" or "yarn" && json.Has(ShortKey));

    private static RopeScaling ReadLongRope(JsonSettings config, JsonSettings json, int maxPositionEmbeddings, int? defaultOriginal)
    {
        int original = json.Integer(OriginalKey) ?? config.Integer(OriginalKey) ?? defaultOriginal ?? maxPositionEmbeddings;
        return new RopeScaling("longrope", json.Number("factor") ?? (double)maxPositionEmbeddings / original)
        {
            OriginalMaxPositionEmbeddings = original,
            AttentionFactor = json.Number("attention_factor"),
            LongRope = new LongRopeFactors(json.Numbers(ShortKey) ?? throw json.Missing(ShortKey), json.Numbers(LongKey) ?? throw json.Missing(LongKey)),
        };
    }

    // Only the type and the two lists if they are enough: transformers 4 accepts no other keys for Phi-3.
    private static JsonObject WriteLongRope(RopeScaling scaling, int maxPositionEmbeddings)
    {
        static JsonArray List(IReadOnlyList<double> values) => [.. values.Select(Float)];
        var json = new JsonObject { ["type"] = "longrope", [ShortKey] = List(scaling.LongRope!.Short), [LongKey] = List(scaling.LongRope.Long) };
        if (scaling.Factor != (double)maxPositionEmbeddings / scaling.OriginalMaxPositionEmbeddings)
        {
            json["factor"] = Float(scaling.Factor);
        }

        if (scaling.AttentionFactor is { } factor)
        {
            json["attention_factor"] = Float(factor);
        }

        return json;
    }

    private static RopeScaling ReadScaling(JsonSettings json, string typeKey, string type, int maxPositionEmbeddings)
    {
        if (!RopeScaling.Types.Contains(type))
        {
            throw json.Unsupported(typeKey, $"is '{type}', but only default, {string.Join(", ", RopeScaling.Types)} are supported");
        }

        // transformers scales linearly and dynamically from max_position_embeddings, whatever else the file says.
        bool hasOriginal = type is "llama3" or "yarn" && json.Has(OriginalKey);
        int original = type == "llama3" || hasOriginal ? json.RequiredInteger(OriginalKey) : maxPositionEmbeddings;
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

    // DeepSeek's variant of yarn has two factors like the paper's, and uses their ratio. Zero means that a factor is absent.
    private static double? AttentionFactorOf(double factor, double? scale, double? scaleOfAllDimensions)
    {
        if (scale is null or 0 || scaleOfAllDimensions is null or 0)
        {
            return null;
        }

        double Paper(double weight) => factor <= 1 ? 1 : (0.1 * weight * Math.Log(factor)) + 1;
        return Paper(scale.Value) / Paper(scaleOfAllDimensions.Value);
    }

    // Layers with a window do not scale the frequencies. They have the same base as the others, unless they have their own.
    private static void RefuseOtherWindows(JsonSettings parameters, double? theta)
    {
        if (parameters.Section(SlidingAttention) is { } sliding
            && ((sliding.Text("rope_type") ?? "default") != "default" || (theta is not null && (sliding.Number("rope_theta") ?? theta) != theta)))
        {
            throw parameters.Unsupported(SlidingAttention, "is not plain rotation by the base of the other layers");
        }
    }
}
