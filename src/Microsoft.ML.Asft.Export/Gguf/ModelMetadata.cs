using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>A model's configuration as metadata of a GGUF file.</summary>
internal static class ModelMetadata
{
    public static void Add(
        GgufMetadata metadata, Architecture architecture, ModelConfig config, GgufType type, string name, ICollection<string> warnings)
    {
        metadata.Add("general.architecture", architecture.Name);
        metadata.Add("general.type", "model");
        metadata.Add("general.name", name);
        metadata.Add("general.file_type", FileType(type));
        metadata.Add("general.quantization_version", 2);

        string prefix = architecture.Name;
        metadata.Add($"{prefix}.vocab_size", config.VocabSize);
        metadata.Add($"{prefix}.context_length", ContextLength(architecture, config, warnings));
        metadata.Add($"{prefix}.embedding_length", config.HiddenSize);
        metadata.Add($"{prefix}.block_count", config.NumHiddenLayers);
        metadata.Add($"{prefix}.feed_forward_length", config.IntermediateSize);
        metadata.Add($"{prefix}.attention.head_count", config.NumAttentionHeads);
        metadata.Add($"{prefix}.attention.head_count_kv", config.NumKeyValueHeads);
        metadata.Add($"{prefix}.attention.key_length", config.HeadDim);
        metadata.Add($"{prefix}.attention.value_length", config.HeadDim);
        metadata.Add($"{prefix}.attention.layer_norm_rms_epsilon", config.RmsNormEps);
        metadata.Add($"{prefix}.rope.dimension_count", config.RotaryDim);
        metadata.Add($"{prefix}.rope.freq_base", config.RopeTheta);
        RotaryScaling.Add(metadata, architecture, config, warnings);
        AddExperts(metadata, prefix, config);
        AddScales(metadata, prefix, config);
        AddWindows(metadata, architecture, config);
    }

    /// <summary>Gets the number of the most frequent tensor type, which programs show.</summary>
    public static int FileType(GgufType type) => type switch
    {
        GgufType.Float32 => 0,
        GgufType.Float16 => 1,
        GgufType.Q8_0 => 7,
        _ => 32,
    };

    private static void AddExperts(GgufMetadata metadata, string prefix, ModelConfig config)
    {
        if (config.Experts is { } experts)
        {
            metadata.Add($"{prefix}.expert_count", experts.Count);
            metadata.Add($"{prefix}.expert_used_count", experts.PerToken);
            metadata.Add($"{prefix}.expert_feed_forward_length", experts.IntermediateSize);
        }
    }

    // What Granite, Gemma and Ministral multiply or divide by. A key is written only if the model has the setting.
    private static void AddScales(GgufMetadata metadata, string prefix, ModelConfig config)
    {
        if (config.AttentionMultiplier is { } attention)
        {
            metadata.Add($"{prefix}.embedding_scale", config.EmbeddingMultiplier);
            metadata.Add($"{prefix}.attention.scale", attention);
            metadata.Add($"{prefix}.residual_scale", config.ResidualMultiplier);
            metadata.Add($"{prefix}.logit_scale", config.LogitsScaling);
        }

        if (config.AttentionSoftCap is { } scores)
        {
            metadata.Add($"{prefix}.attn_logit_softcapping", scores);
        }

        if (config.LogitsSoftCap is { } logits)
        {
            metadata.Add($"{prefix}.final_logit_softcapping", logits);
        }

        if (config.QueryScaling is { } scaling)
        {
            metadata.Add($"{prefix}.attention.temperature_scale", scaling.Beta);
            string length = $"{prefix}.rope.scaling.original_context_length";
            if (!metadata.Contains(length))
            {
                metadata.Add(length, scaling.OriginalMaxPositionEmbeddings);
            }
        }
    }

    // llama.cpp demands a layer with a window once there is a window, and Gemma 2 always has one: none is one that no text exceeds.
    private static void AddWindows(GgufMetadata metadata, Architecture architecture, ModelConfig config)
    {
        if (architecture.ReadsWindows && (HasWindow(config) || architecture.AlwaysHasWindows))
        {
            string prefix = architecture.Name;
            metadata.Add($"{prefix}.attention.sliding_window", HasWindow(config) ? config.SlidingWindow!.Value : config.MaxPositionEmbeddings);
            metadata.Add($"{prefix}.attention.sliding_window_pattern", HasWindow(config) ? Architecture.WindowPeriod(config)!.Value : 0);
            metadata.Add($"{prefix}.rope.freq_base_swa", config.WindowRopeTheta ?? config.RopeTheta);
        }
    }

    private static bool HasWindow(ModelConfig config) => Enumerable.Range(0, config.NumHiddenLayers).Any(config.UsesSlidingWindow);

    // For a text that fits into the window, an architecture without windows computes the same.
    private static int ContextLength(Architecture architecture, ModelConfig config, ICollection<string> warnings)
    {
        if (architecture.ReadsWindows || !HasWindow(config) || config.SlidingWindow >= config.MaxPositionEmbeddings)
        {
            return config.MaxPositionEmbeddings;
        }

        warnings.Add(
            $"llama.cpp does not read this model's sliding window of {config.SlidingWindow} tokens. The file's context length is the window "
            + $"and not {config.MaxPositionEmbeddings}: in longer texts the model would answer differently from here.");
        return config.SlidingWindow!.Value;
    }
}
