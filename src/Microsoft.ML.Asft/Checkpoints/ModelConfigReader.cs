using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints;

/// <summary>Reads <c>config.json</c> the way transformers does, and refuses by name what the decoder does not do.</summary>
internal static class ModelConfigReader
{
    private const int DefaultWindow = 4096;
    private const int DefaultMaxWindowLayers = 28;

    // Settings that change the computation and are not supported unless they are absent, null, false, 0 or empty.
    private static readonly string[] Unsupported =
    [
        "quantization_config", "final_logit_softcapping", "attn_logit_softcapping", "num_experts", "num_local_experts",
        "attention_dropout", "use_mrope", "is_encoder_decoder", "add_cross_attention",
    ];

    public static ModelConfig Read(JsonSettings json, JsonSettings? generation)
    {
        string modelType = json.RequiredText("model_type");
        var family = ModelFamily.Get(modelType, json.File);
        RefuseUnsupported(json, family);

        int heads = json.RequiredInteger("num_attention_heads");
        int hidden = json.RequiredInteger("hidden_size");
        int positions = json.Integer("max_position_embeddings") ?? family.MaxPositionEmbeddings;
        var (theta, scaling) = RopeSettings.Read(json, positions);
        var generationEos = generation?.Integers("eos_token_id");
        bool attentionBias = family.ReadsAttentionBias && (json.Flag("attention_bias") ?? false);
        var config = new ModelConfig
        {
            ModelType = modelType,
            VocabSize = json.RequiredInteger("vocab_size"),
            HiddenSize = hidden,
            IntermediateSize = json.RequiredInteger("intermediate_size"),
            NumHiddenLayers = json.RequiredInteger("num_hidden_layers"),
            NumAttentionHeads = heads,
            NumKeyValueHeads = json.Integer("num_key_value_heads") ?? heads,
            HeadDim = json.Integer("head_dim") ?? family.HeadDim ?? ModelConfigChecks.HeadDimOf(json.File, hidden, heads),
            MaxPositionEmbeddings = positions,
            RmsNormEps = json.Number("rms_norm_eps") ?? 1e-6,
            RopeTheta = theta,
            RopeScaling = scaling,
            TieWordEmbeddings = json.Flag("tie_word_embeddings") ?? false,
            AttentionBias = attentionBias || family.QueryKeyValueBias,
            OutputProjectionBias = attentionBias,
            MlpBias = family.ReadsMlpBias && (json.Flag("mlp_bias") ?? false),
            QueryKeyNorm = family.QueryKeyNorm,
            SlidingWindow = WindowOf(json, family),
            MaxWindowLayers = family.Window == WindowRule.ByLayer ? json.Integer("max_window_layers") ?? DefaultMaxWindowLayers : 0,
            LayerTypes = family.Window == WindowRule.ByLayer ? json.Texts("layer_types") : null,
            BosTokenId = TokenOf(json, "bos_token_id"),
            EosTokenIds = generationEos ?? json.Integers("eos_token_id") ?? [],
            PadTokenId = TokenOf(json, "pad_token_id"),
            TorchDtype = DTypeOf(json),
            Source = json.Json,
            GenerationEosTokenIds = generationEos,
        };
        ModelConfigChecks.Check(config, json.File);
        RefuseMixedLayers(json, family, config);
        return config;
    }

    private static int? WindowOf(JsonSettings json, ModelFamily family) => family.Window switch
    {
        // Here alone a key that is null says something else than one that is missing.
        WindowRule.Everywhere => json.Json.ContainsKey("sliding_window") ? json.Integer("sliding_window") : DefaultWindow,
        WindowRule.ByLayer when json.Flag("use_sliding_window") == true => json.Integer("sliding_window") ?? DefaultWindow,
        _ => null,
    };

    private static void RefuseUnsupported(JsonSettings json, ModelFamily family)
    {
        foreach (string key in Unsupported)
        {
            if (json.IsSet(key))
            {
                throw json.Unsupported(key, "is set, and not supported");
            }
        }

        if (json.Text("hidden_act") is { } activation and not ("silu" or "swish"))
        {
            throw json.Unsupported("hidden_act", $"is '{activation}', and only silu is supported");
        }

        if (!family.ReadsAttentionBias && !family.QueryKeyValueBias && json.IsSet("attention_bias"))
        {
            throw json.Unsupported("attention_bias", $"is set, and a {family.ModelType} model has none");
        }

        if (!family.ReadsMlpBias && json.IsSet("mlp_bias"))
        {
            throw json.Unsupported("mlp_bias", $"is set, and a {family.ModelType} model has none");
        }
    }

    private static void RefuseMixedLayers(JsonSettings json, ModelFamily family, ModelConfig config)
    {
        string only = config.SlidingWindow is null ? "full_attention" : "sliding_attention";
        if (family.Window != WindowRule.ByLayer && json.Texts("layer_types")?.FirstOrDefault(type => type != only) is { } other)
        {
            throw json.Unsupported("layer_types", $"has a layer of '{other}', and this {family.ModelType} model is all of '{only}'");
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
            : throw json.Unsupported(key, $"is '{name}', and only {string.Join(", ", ModelConfigWriter.DTypes.Keys)} are supported");
    }
}
