using Microsoft.ML.Asft.Checkpoints.Families;

namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>Checks that a model of these sizes is possible, before memory is allocated for it.</summary>
internal static class ModelConfigChecks
{
    // No published model is close to these, and products of any three do not overflow.
    internal const int MaxSize = 1 << 24;
    private const int MaxLayers = 1 << 12;

    public static void Check(ModelConfig config, string file)
    {
        CheckSizes(config, file);
        foreach (var trait in ModelFamily.Get(config.ModelType, file).Traits)
        {
            trait.Check(config, file);
        }

        CheckScaling(config, file);
        CheckTokens(config, file);
    }

    /// <summary>Checks the sizes, before the traits are read, which use them.</summary>
    public static void CheckSizes(ModelConfig config, string file)
    {
        InRange(file, "vocab_size", config.VocabSize, MaxSize);
        InRange(file, "hidden_size", config.HiddenSize, MaxSize);
        InRange(file, "intermediate_size", config.IntermediateSize, MaxSize);
        InRange(file, "num_hidden_layers", config.NumHiddenLayers, MaxLayers);
        InRange(file, "num_attention_heads", config.NumAttentionHeads, MaxSize);
        InRange(file, "num_key_value_heads", config.NumKeyValueHeads, config.NumAttentionHeads);
        InRange(file, "head_dim", config.HeadDim, MaxSize);
        InRange(file, "max_position_embeddings", config.MaxPositionEmbeddings, int.MaxValue);
        Demand(config.NumAttentionHeads % config.NumKeyValueHeads == 0, file, "num_key_value_heads",
            $"is {config.NumKeyValueHeads} and does not divide the {config.NumAttentionHeads} attention heads");
        Demand(config.HeadDim % 2 == 0, file, "head_dim", $"is {config.HeadDim}, but rotary embeddings need an even number");
        Demand((long)config.NumAttentionHeads * config.HeadDim <= MaxSize, file, "head_dim",
            $"of {config.HeadDim} in {config.NumAttentionHeads} heads is out of all proportion");
        Demand(config.RmsNormEps is >= 0 and < 1, file, "rms_norm_eps", $"is {config.RmsNormEps}, not from 0 to 1");
        Demand(config.RopeTheta is > 0 and <= double.MaxValue, file, "rope_theta", $"is {config.RopeTheta}, not more than 0");
        Demand(ModelConfigWriter.DTypes.Values.Contains(config.TorchDtype), file, "torch_dtype",
            $"is {config.TorchDtype}, but only {string.Join(", ", ModelConfigWriter.DTypes.Keys)} are supported");
    }

    public static int HeadDimOf(string file, int hiddenSize, int numAttentionHeads)
    {
        InRange(file, "hidden_size", hiddenSize, MaxSize);
        InRange(file, "num_attention_heads", numAttentionHeads, MaxSize);
        Demand(hiddenSize % numAttentionHeads == 0, file, "num_attention_heads",
            $"is {numAttentionHeads} and does not divide the hidden_size of {hiddenSize}, and head_dim is not given");
        return hiddenSize / numAttentionHeads;
    }

    public static void CheckLayer(ModelConfig config, int layer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, config.NumHiddenLayers);
    }

    private static void CheckScaling(ModelConfig config, string file)
    {
        if (config.RopeScaling is not { } scaling)
        {
            return;
        }

        string key = "rope_scaling";
        Demand(RopeScaling.Types.Contains(scaling.RopeType), file, key, $"is of the unknown type '{scaling.RopeType}'");
        if (scaling.RopeType is "llama3" or "yarn")
        {
            InRange(file, $"{key}.original_max_position_embeddings", scaling.OriginalMaxPositionEmbeddings, int.MaxValue);
        }

        Demand(scaling.Factor is >= 1 and <= 1e6, file, $"{key}.factor", $"is {scaling.Factor}, not from 1 to 1000000");
        Demand(scaling.LowFreqFactor > 0 && scaling.HighFreqFactor > scaling.LowFreqFactor && double.IsFinite(scaling.HighFreqFactor),
            file, $"{key}.high_freq_factor", $"is {scaling.HighFreqFactor}, not above the low_freq_factor of {scaling.LowFreqFactor}");
        Demand(scaling.BetaSlow > 0 && scaling.BetaFast >= scaling.BetaSlow && double.IsFinite(scaling.BetaFast),
            file, $"{key}.beta_fast", $"is {scaling.BetaFast}, below the beta_slow of {scaling.BetaSlow}");
        Demand(scaling.AttentionFactor is null or (> 0 and <= 1e6), file, $"{key}.attention_factor",
            $"is {scaling.AttentionFactor}, not more than 0");
        Demand(scaling.LongRope is not null == (scaling.RopeType == "longrope"), file, key, "has the lists of longrope but another type, or is longrope without them");
        if (scaling.LongRope is { } factors)
        {
            InRange(file, RopeSettings.OriginalKey, scaling.OriginalMaxPositionEmbeddings, int.MaxValue);
            Demand(scaling.OriginalMaxPositionEmbeddings > 1, file, RopeSettings.OriginalKey, "is 1, but longrope divides by its logarithm");
            CheckFactors("short_factor", factors.Short);
            CheckFactors("long_factor", factors.Long);
        }

        void CheckFactors(string list, IReadOnlyList<double> values)
        {
            Demand(values.Count == config.RotaryDim / 2, file, $"{key}.{list}",
                $"has {values.Count} numbers, but there are {config.RotaryDim / 2} frequencies");
            Demand(values.All(value => value is > 0 and <= 1e6), file, $"{key}.{list}", "has a number that is not above 0 or is above 1000000");
        }
    }

    private static void CheckTokens(ModelConfig config, string file)
    {
        Token("bos_token_id", config.BosTokenId);
        Token("pad_token_id", config.PadTokenId);
        foreach (int id in config.EosTokenIds)
        {
            Token("eos_token_id", id);
        }

        void Token(string key, int? id) => Demand(id is null || (id >= 0 && id < config.VocabSize), file, key,
            $"is {id}, which is not a row of an embedding with {config.VocabSize}");
    }

    internal static void InRange(string file, string key, int value, int max) =>
        Demand(value >= 1 && value <= max, file, key, $"is {value}, not from 1 to {max}");

    internal static void Demand(bool holds, string file, string key, string what)
    {
        if (!holds)
        {
            throw new InvalidDataException($"{file}: '{key}' {what}. Correct the file, or download it again from its publisher.");
        }
    }
}
