using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;

namespace Microsoft.ML.Asft.Export.Onnx;

/// <summary><c>genai_config.json</c>: what ONNX Runtime GenAI must know about a model besides its graph.</summary>
internal static class GenAIConfig
{
    public const string FileName = "genai_config.json";

    // ONNX Runtime GenAI's names of model types (src/models/model_type.h of microsoft/onnxruntime-genai). It runs all of these decoders the same
    // way; "decoder" is its name for one that has no other.
    private static readonly Dictionary<string, string> TypeOf = new(StringComparer.Ordinal)
    {
        ["llama"] = "llama",
        ["mistral"] = "mistral",
        ["qwen2"] = "qwen2",
        ["qwen3"] = "qwen3",
        ["smollm3"] = "smollm3",
        ["granite"] = "granite",
        ["gemma2"] = "gemma2",
        ["gemma3_text"] = "gemma3_text",
        ["ministral3"] = "decoder",
        ["olmo2"] = "decoder",
        ["olmo3"] = "decoder",
        ["phi3"] = "phi3",
        ["qwen3_moe"] = "decoder",
        ["mixtral"] = "decoder",
    };

    // The length beyond which ONNX Runtime GenAI computes a text again from its first token, for "phi3" and no other type (src/generators.cpp).
    private const int PhiRecomputesAbove = 4096;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Checks that ONNX Runtime GenAI can run a model.</summary>
    /// <exception cref="NotSupportedException">It cannot.</exception>
    public static void Check(ModelConfig config)
    {
        if (!TypeOf.ContainsKey(config.ModelType))
        {
            throw new NotSupportedException(
                $"ONNX is written for the model types {string.Join(", ", TypeOf.Keys)}; this model is '{config.ModelType}'. "
                + "Save it as a Hugging Face folder instead (asft merge).");
        }
    }

    /// <summary>Returns the number of tokens beyond which no completion may grow that begins below it; <see langword="null"/> if there is none.</summary>
    public static int? BoundOfCompletions(ModelConfig config) =>
        new RotaryFrequencies(config).LongAbove is { } bound && bound < config.MaxPositionEmbeddings
        && !(TypeOf[config.ModelType] == "phi3" && bound == PhiRecomputesAbove) ? bound : null;

    /// <summary>Writes the file.</summary>
    /// <param name="config">The model.</param>
    /// <param name="graph">The name of the graph's file.</param>
    /// <param name="begin">The token that begins a text, if there is one.</param>
    /// <param name="ends">The tokens that end a completion; at least one.</param>
    /// <param name="pad">The padding token, if there is one.</param>
    public static byte[] Write(ModelConfig config, string graph, int? begin, IReadOnlyList<int> ends, int? pad)
    {
        var model = new JsonObject
        {
            ["type"] = TypeOf[config.ModelType],
            ["context_length"] = config.MaxPositionEmbeddings,
            ["vocab_size"] = config.VocabSize,
            ["eos_token_id"] = new JsonArray([.. ends.Select(id => JsonValue.Create(id))]),
            ["pad_token_id"] = pad ?? ends[0],
            ["decoder"] = new JsonObject
            {
                ["filename"] = graph,
                ["session_options"] = new JsonObject { ["log_id"] = "onnxruntime-genai", ["provider_options"] = new JsonArray() },
                ["hidden_size"] = config.HiddenSize,
                ["head_size"] = config.HeadDim,
                ["num_attention_heads"] = config.NumAttentionHeads,
                ["num_key_value_heads"] = config.NumKeyValueHeads,
                ["num_hidden_layers"] = config.NumHiddenLayers,
            },
        };
        if (begin is { } bos)
        {
            model["bos_token_id"] = bos;
        }

        // The cache is one buffer of max_length positions, which GroupQueryAttention writes in place.
        var search = new JsonObject
        {
            ["do_sample"] = false,
            ["max_length"] = config.MaxPositionEmbeddings,
            ["past_present_share_buffer"] = true,
        };
        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["model"] = model, ["search"] = search }, Indented);
    }
}
