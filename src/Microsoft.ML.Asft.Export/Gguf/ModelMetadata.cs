using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Training.Distributed;

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
        metadata.Add($"{prefix}.context_length", ContextLength(config, warnings));
        metadata.Add($"{prefix}.embedding_length", config.HiddenSize);
        metadata.Add($"{prefix}.block_count", config.NumHiddenLayers);
        metadata.Add($"{prefix}.feed_forward_length", config.IntermediateSize);
        metadata.Add($"{prefix}.attention.head_count", config.NumAttentionHeads);
        metadata.Add($"{prefix}.attention.head_count_kv", config.NumKeyValueHeads);
        metadata.Add($"{prefix}.attention.key_length", config.HeadDim);
        metadata.Add($"{prefix}.attention.value_length", config.HeadDim);
        metadata.Add($"{prefix}.attention.layer_norm_rms_epsilon", config.RmsNormEps);
        metadata.Add($"{prefix}.rope.dimension_count", config.HeadDim);
        metadata.Add($"{prefix}.rope.freq_base", config.RopeTheta);
        RotaryScaling.Add(metadata, architecture, config, warnings);
    }

    /// <summary>Gets the number of the most frequent tensor type, which programs show.</summary>
    public static int FileType(GgufType type) => type switch
    {
        GgufType.Float32 => 0,
        GgufType.Float16 => 1,
        GgufType.Q8_0 => 7,
        _ => 32,
    };

    // These architectures of llama.cpp do not read a window. For a text that fits into the window the result is the same.
    private static int ContextLength(ModelConfig config, ICollection<string> warnings)
    {
        bool hasWindow = Enumerable.Range(0, config.NumHiddenLayers).Any(config.UsesSlidingWindow);
        if (!hasWindow || config.SlidingWindow >= config.MaxPositionEmbeddings)
        {
            return config.MaxPositionEmbeddings;
        }

        warnings.Add(
            $"llama.cpp does not read this model's sliding window of {config.SlidingWindow} tokens. The file's context length is the window "
            + $"and not {config.MaxPositionEmbeddings}: in longer texts the model would answer differently from here.");
        return config.SlidingWindow!.Value;
    }
}
