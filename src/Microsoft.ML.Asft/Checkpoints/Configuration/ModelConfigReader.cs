using Microsoft.ML.Asft.Checkpoints.Families;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>Reads <c>config.json</c> the way transformers does. Errors name settings that the decoder does not support.</summary>
internal static class ModelConfigReader
{
    // Settings that change the computation and are not supported unless they are absent, null, false, 0 or empty.
    private static readonly string[] Unsupported =
    [
        "quantization_config", "attention_dropout", "resid_pdrop", "embd_pdrop", "use_mrope", "use_bidirectional_attention", "is_encoder_decoder",
        "add_cross_attention", "output_router_logits", "router_jitter_noise",
    ];

    public static ModelConfig Read(JsonSettings file, JsonSettings? generation)
    {
        var json = TextPart.Of(file);
        bool isTextPart = !ReferenceEquals(json, file);
        if (isTextPart)
        {
            RefuseUnsupported(file);
        }

        string modelType = json.RequiredText("model_type");
        var family = ModelFamily.Get(modelType, json.File);
        RefuseUnsupported(json);

        int heads = Integer("num_attention_heads", family.AttentionHeads);
        int hidden = json.RequiredInteger("hidden_size");
        int positions = json.Integer("max_position_embeddings") ?? family.MaxPositionEmbeddings;
        var (theta, scaling) = RopeSettings.Read(json, positions, family);
        var generationEos = generation?.Integers("eos_token_id");
        var config = new ModelConfig
        {
            ModelType = modelType,
            VocabSize = Integer("vocab_size", family.VocabSize),
            HiddenSize = hidden,
            IntermediateSize = json.RequiredInteger("intermediate_size"),
            NumHiddenLayers = json.RequiredInteger("num_hidden_layers"),
            NumAttentionHeads = heads,
            // A null key means the number of query heads; a missing key means the family's default.
            NumKeyValueHeads = json.Integer("num_key_value_heads")
                ?? (json.Json.ContainsKey("num_key_value_heads") ? null : family.KeyValueHeads) ?? heads,
            HeadDim = json.Integer("head_dim") ?? family.HeadDim ?? ModelConfigChecks.HeadDimOf(json.File, hidden, heads),
            MaxPositionEmbeddings = positions,
            RmsNormEps = json.Number("rms_norm_eps") ?? family.RmsNormEps,
            RopeTheta = theta,
            RopeScaling = scaling,
            TieWordEmbeddings = json.Flag("tie_word_embeddings") ?? family.TieWordEmbeddings,
            BosTokenId = TokenOf(json, "bos_token_id"),
            EosTokenIds = generationEos ?? json.Integers("eos_token_id") ?? [],
            PadTokenId = TokenOf(json, "pad_token_id"),
            TorchDtype = DTypeOf(json),
            Source = json.Json,
            IsTextPart = isTextPart,
            GenerationEosTokenIds = generationEos,
        };
        ModelConfigChecks.CheckSizes(config, json.File);
        foreach (var trait in family.Traits)
        {
            config = trait.Read(config, json);
        }

        ModelConfigChecks.Check(config, json.File);
        return config;

        int Integer(string key, int? missing) => json.Integer(key) ?? missing ?? throw json.Missing(key);
    }

    private static void RefuseUnsupported(JsonSettings json)
    {
        foreach (string key in Unsupported)
        {
            if (json.IsSet(key))
            {
                throw json.Unsupported(key, "is set, which is not supported");
            }
        }
    }

    // Some older files write -1 for "none".
    private static int? TokenOf(JsonSettings json, string key) => json.Integer(key) is { } id and not -1 ? id : null;

    private static ScalarType DTypeOf(JsonSettings json)
    {
        string key = json.Has("dtype") ? "dtype" : "torch_dtype";
        string? name = json.Text(key)?.Replace("torch.", "", StringComparison.Ordinal);
        return name is null ? ScalarType.Float32 : ModelConfigWriter.DTypes.TryGetValue(name, out var dtype)
            ? dtype
            : throw json.Unsupported(key, $"is '{name}', but only {string.Join(", ", ModelConfigWriter.DTypes.Keys)} are supported");
    }
}
