using Microsoft.ML.Asft.Checkpoints.Configuration;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Tests.Support;

/// <summary>The families of models, and the settings of each that the format must carry.</summary>
internal static class Family
{
    public static readonly IReadOnlyDictionary<string, ModelConfig> All = new Dictionary<string, ModelConfig>
    {
        ["llama"] = RandomModel.Configure("llama"),
        ["llama, biases"] = RandomModel.Configure("llama") with { AttentionBias = true, OutputProjectionBias = true, MlpBias = true },
        ["llama, llama3 scaling, tied"] = RandomModel.Configure("llama") with
        {
            TieWordEmbeddings = true,
            RopeScaling = new RopeScaling("llama3", 8) { OriginalMaxPositionEmbeddings = 64, LowFreqFactor = 1, HighFreqFactor = 4 },
        },
        ["llama, linear scaling"] = RandomModel.Configure("llama") with
        {
            RopeScaling = new RopeScaling("linear", 4) { OriginalMaxPositionEmbeddings = 256 },
        },
        ["llama, yarn"] = RandomModel.Configure("llama") with
        {
            RopeScaling = new RopeScaling("yarn", 4) { OriginalMaxPositionEmbeddings = 64, BetaFast = 16, BetaSlow = 2, AttentionFactor = 1.5 },
        },
        ["mistral, heads of their own width"] = RandomModel.Configure("mistral", headDim: 24),
        ["qwen2"] = RandomModel.Configure("qwen2"),
        ["qwen2, tied, yarn"] = RandomModel.Configure("qwen2") with
        {
            TieWordEmbeddings = true,
            RopeScaling = new RopeScaling("yarn", 2) { OriginalMaxPositionEmbeddings = 128 },
        },
        ["qwen3"] = RandomModel.Configure("qwen3", headDim: 32),
        ["qwen3, tied"] = RandomModel.Configure("qwen3") with { TieWordEmbeddings = true },
        ["smollm3"] = RandomModel.Configure("smollm3", layers: 4) with { TieWordEmbeddings = false },
        ["smollm3, tied, yarn"] = RandomModel.Configure("smollm3", layers: 4) with
        {
            RopeScaling = new RopeScaling("yarn", 4) { OriginalMaxPositionEmbeddings = 64 },
        },
        ["granite"] = Granite(tied: false),
        ["granite, tied, biases"] = Granite(tied: true) with { AttentionBias = true, OutputProjectionBias = true, MlpBias = true },
        ["ministral3"] = RandomModel.Configure("ministral3", headDim: 24) with
        {
            RopeScaling = new RopeScaling("yarn", 16) { OriginalMaxPositionEmbeddings = 16, BetaFast = 32, BetaSlow = 1, AttentionFactor = 1 },
            QueryScaling = new QueryScaling(0.5, 16),
        },
        ["ministral3, plain rotation"] = RandomModel.Configure("ministral3") with { RopeScaling = null, QueryScaling = new QueryScaling(0.5, 24) },
        ["olmo2"] = RandomModel.Configure("olmo2"),
        ["olmo2, tied"] = RandomModel.Configure("olmo2") with { TieWordEmbeddings = true },
        ["olmo3, yarn"] = RandomModel.Configure("olmo3", layers: 4) with
        {
            SlidingWindow = 12,
            RopeScaling = new RopeScaling("yarn", 4) { OriginalMaxPositionEmbeddings = 64, AttentionFactor = 1.3 },
        },
        ["olmo3, windows of its own"] = RandomModel.Configure("olmo3", layers: 3) with
        {
            SlidingWindow = 12,
            LayerTypes = [Sliding, Full, Sliding],
            RopeScaling = new RopeScaling("linear", 3) { OriginalMaxPositionEmbeddings = 256 },
        },
        ["olmo3, no windows"] = RandomModel.Configure("olmo3") with { SlidingWindow = null, LayerTypes = [Full, Full] },
        ["gemma2"] = Gemma("gemma2", 2),
        ["gemma2, windows of its own, linear scaling"] = Gemma("gemma2", 3) with
        {
            SlidingWindow = 20,
            LayerTypes = [Sliding, Sliding, Full],
            RopeScaling = new RopeScaling("linear", 3) { OriginalMaxPositionEmbeddings = 256 },
        },
        ["gemma2, no windows"] = Gemma("gemma2", 2, headDim: 24) with { SlidingWindow = null, LayerTypes = [Full, Full] },
        ["gemma3"] = Gemma("gemma3_text", 6) with { RopeTheta = 1_000_000 },
        ["gemma3, untied, capped, windows of its own"] = Gemma("gemma3_text", 3) with
        {
            TieWordEmbeddings = false,
            LogitsSoftCap = 5,
            LayerTypes = [Sliding, Full, Sliding],
            WindowRopeTheta = 500,
            RopeScaling = new RopeScaling("linear", 8) { OriginalMaxPositionEmbeddings = 256 },
        },
        ["gemma3, windows everywhere"] = Gemma("gemma3_text", 2) with { LayerTypes = [Sliding, Sliding] },
        ["gemma3, no windows"] = Gemma("gemma3_text", 2, headDim: 24) with { SlidingWindow = null, LayerTypes = [Full, Full] },
        ["phi3"] = Phi(partialRotaryFactor: 1),
        ["phi3, tied, a part of the head rotates, yarn"] = Phi(0.75) with
        {
            TieWordEmbeddings = true,
            RopeScaling = new RopeScaling("yarn", 4) { OriginalMaxPositionEmbeddings = 64 },
        },
        ["phi3, longrope, long texts"] = Phi(0.75) with { RopeScaling = LongRopeOf(16, 6) },
        ["phi3, longrope, short texts"] = Phi(0.5) with { RopeScaling = LongRopeOf(256, 4), MaxPositionEmbeddings = 512 },
        ["llama, longrope"] = RandomModel.Configure("llama") with { RopeScaling = LongRopeOf(16, 8) with { AttentionFactor = 1.4 } },
        ["granite, longrope"] = Granite(tied: false) with { RopeScaling = LongRopeOf(16, 8) },
        ["ministral3, longrope"] = RandomModel.Configure("ministral3") with { RopeScaling = LongRopeOf(16, 8), QueryScaling = new QueryScaling(0.5, 16) },
        ["qwen3_moe"] = Experts("qwen3_moe", new ExpertSettings(8, 3, 40)),
        ["qwen3_moe, tied, linear scaling"] = Experts("qwen3_moe", new ExpertSettings(5, 1, 48)) with
        {
            TieWordEmbeddings = true,
            RopeScaling = new RopeScaling("linear", 4) { OriginalMaxPositionEmbeddings = 256 },
        },
        ["mixtral"] = Experts("mixtral", new ExpertSettings(8, 2, 96)),
        ["mixtral, longrope"] = Experts("mixtral", new ExpertSettings(4, 3, 96)) with { RopeScaling = LongRopeOf(16, 8) },
    };

    /// <summary>Models that ONNX Runtime computes and llama.cpp does not.</summary>
    public static readonly IReadOnlyDictionary<string, ModelConfig> OnnxAlone = new Dictionary<string, ModelConfig>
    {
        ["mistral, windows"] = RandomModel.Configure("mistral") with { SlidingWindow = 12 },
        ["qwen2, windows, llama3 scaling"] = RandomModel.Configure("qwen2") with
        {
            SlidingWindow = 20,
            LayerTypes = [Full, Sliding],
            RopeScaling = new RopeScaling("llama3", 8) { OriginalMaxPositionEmbeddings = 64, LowFreqFactor = 1, HighFreqFactor = 4 },
        },
        ["qwen3, biases"] = RandomModel.Configure("qwen3") with { AttentionBias = true, OutputProjectionBias = true },
        ["smollm3, layers of its own"] = RandomModel.Configure("smollm3") with { RotaryLayers = [false, true], MlpBias = true },
        ["olmo2, heads of their own width"] = RandomModel.Configure("olmo2", headDim: 24),
        ["olmo3, windows in the last layer"] = RandomModel.Configure("olmo3") with { SlidingWindow = 12, LayerTypes = [Full, Sliding] },
        ["gemma2, scale of its own"] = Gemma("gemma2", 2) with { QueryPreAttentionScalar = 40, TieWordEmbeddings = false },
        ["gemma3, yarn"] = Gemma("gemma3_text", 2) with
        {
            LayerTypes = [Full, Sliding],
            RopeScaling = new RopeScaling("yarn", 4) { OriginalMaxPositionEmbeddings = 64, Truncate = false },
        },
        ["phi3, windows, half of a wide head rotates"] = RandomModel.Configure("phi3", headDim: 32) with { PartialRotaryFactor = 0.5, SlidingWindow = 12 },
        ["qwen2, longrope"] = RandomModel.Configure("qwen2") with { RopeScaling = LongRopeOf(16, 8) },
        ["qwen3_moe, a layer without experts"] = Experts("qwen3_moe", new ExpertSettings(4, 2, 64) { DenseLayers = [0] }) with { SlidingWindow = 12 },
        ["qwen3_moe, weights as they are"] = Experts("qwen3_moe", new ExpertSettings(6, 3, 40) { NormalizesWeights = false, LayerStep = 2 }),
    };

    /// <summary>The settings of longrope for rotations of 2n numbers; each frequency has divisors of its own.</summary>
    public static RopeScaling LongRopeOf(int originalLength, int n) => new("longrope", 256.0 / originalLength is > 1 and var factor ? factor : 2)
    {
        OriginalMaxPositionEmbeddings = originalLength,
        LongRope = new LongRopeFactors([.. Enumerable.Range(0, n).Select(i => 1 + (0.2 * i))], [.. Enumerable.Range(0, n).Select(i => 2 + i)]),
    };

    /// <summary>The configuration of a name of <see cref="All"/> or <see cref="OnnxAlone"/>.</summary>
    public static ModelConfig ConfigOf(string name) => All.GetValueOrDefault(name) ?? OnnxAlone[name];

    private const string Full = "full_attention";
    private const string Sliding = "sliding_attention";

    /// <summary>Gets the tolerance in the logits' standard deviation: llama.cpp computes GELU by a table of float16 numbers.</summary>
    public static double Tolerance(string family) => family.StartsWith("gemma", StringComparison.Ordinal) ? 1e-2 : 1e-3;

    // Epsilon and the caps are chosen so that each moves the logits by more than the tolerance.
    private static ModelConfig Gemma(string modelType, int layers, int? headDim = null)
    {
        var config = RandomModel.Configure(modelType, headDim, layers) with { RmsNormEps = 0.3, SlidingWindow = 12 };
        return modelType == "gemma2" ? config with { AttentionSoftCap = 2, LogitsSoftCap = 5 } : config;
    }

    private static ModelConfig Granite(bool tied) => RandomModel.Configure("granite") with
    {
        EmbeddingMultiplier = 3,
        AttentionMultiplier = 0.1,
        ResidualMultiplier = 0.4,
        LogitsScaling = 0.7,
        TieWordEmbeddings = tied,
    };

    private static ModelConfig Phi(double partialRotaryFactor) => RandomModel.Configure("phi3") with { PartialRotaryFactor = partialRotaryFactor };

    private static ModelConfig Experts(string modelType, ExpertSettings experts) => RandomModel.Configure(modelType) with { Experts = experts };

    /// <summary>The same model without one trait after the other: what an exporter could forget.</summary>
    public static IEnumerable<(string Trait, RandomModel Without)> Traits(RandomModel model)
    {
        var config = model.Config;
        yield return ("rms_norm_eps", model with { Config = config with { RmsNormEps = 1e-6 } });
        if (config.WindowRopeTheta is null || !Enumerable.Range(0, config.NumHiddenLayers).All(config.UsesSlidingWindow))
        {
            yield return ("rope_theta", model with { Config = config with { RopeTheta = 10_000 } });
        }

        foreach (string norm in model.Weights.Keys.Where(name => name.StartsWith("model.layers.0.", StringComparison.Ordinal)
            && name.EndsWith("norm.weight", StringComparison.Ordinal)).Select(name => name["model.layers.0.".Length..]))
        {
            yield return (norm, model.With(ToOne, norm));
        }

        yield return ("norm", model.With(ToOne, "model.norm.weight"));
        foreach (var trait in config.FusesProjections ? FusedTraits(model) : SeparateTraits(model))
        {
            yield return trait;
        }

        if (config.RopeScaling is { } scaling)
        {
            yield return ("rope_scaling", model with { Config = config with { RopeScaling = null } });
            if (scaling.LongRope is { } factors)
            {
                yield return ("short and long divisors exchanged", Scaled(scaling with { LongRope = new LongRopeFactors(factors.Long, factors.Short) }));
                yield return ("attention_factor", Scaled(scaling with { AttentionFactor = 1 }));
            }
            else
            {
                yield return ("factor", Scaled(scaling with { Factor = 1.5 }));
            }

            if (scaling.RopeType is "yarn" or "llama3")
            {
                var longer = config with { RopeScaling = scaling with { OriginalMaxPositionEmbeddings = 2048 } };
                yield return ("original length", model with
                {
                    Config = longer with { QueryScaling = config.QueryScaling is { } queries ? queries with { OriginalMaxPositionEmbeddings = 2048 } : null },
                });
            }

            if (scaling.RopeType == "llama3")
            {
                yield return ("low_freq_factor", Scaled(scaling with { LowFreqFactor = 3 }));
                yield return ("high_freq_factor", Scaled(scaling with { HighFreqFactor = 10 }));
            }

            if (scaling.RopeType == "yarn")
            {
                yield return ("beta_fast, beta_slow", Scaled(scaling with { BetaFast = 100, BetaSlow = 0.1 }));
                yield return ("attention_factor", Scaled(scaling with { AttentionFactor = scaling.AttentionFactor == 1 ? null : 1 }));
            }
        }

        string[] biases = [.. model.Weights.Keys.Where(name => name.StartsWith("model.layers.0.", StringComparison.Ordinal)
            && name.EndsWith(".bias", StringComparison.Ordinal)).Select(name => name["model.layers.0.".Length..])];
        foreach (string bias in biases)
        {
            yield return (bias, model.With(zeros_like, bias));
        }

        if (config.AttentionBias)
        {
            yield return ("rows of q's bias", model.With(b => NeighbourRows(b, config.NumAttentionHeads), "q_proj.bias"));
            yield return ("rows of k's bias", model.With(b => NeighbourRows(b, config.NumKeyValueHeads), "k_proj.bias"));
        }

        if (config.PartialRotaryFactor != 1)
        {
            yield return ("partial_rotary_factor", model with { Config = config with { PartialRotaryFactor = 1, RopeScaling = null } });
        }

        if (config.Experts is { } experts)
        {
            if (config.ModelType == "qwen3_moe")
            {
                var weighted = experts with { NormalizesWeights = !experts.NormalizesWeights };
                yield return ("norm_topk_prob", model with { Config = config with { Experts = weighted } });
            }

            yield return ("the router", model.With(weight => weight.flip(0), ".gate.weight"));
            yield return ("the order of experts", model.With(weight => weight.roll(1, 0), "experts.1.gate_proj.weight", "experts.1.w1.weight"));
            yield return ("num_experts_per_tok", model with { Config = config with { Experts = experts with { PerToken = experts.PerToken + 1 } } });
        }

        if (config.RotaryLayers is { } rotary)
        {
            yield return ("no_rope_layers", model with { Config = config with { RotaryLayers = [.. rotary.Select(_ => true)] } });
        }

        if (config.SlidingWindow is < 64 and { } window)
        {
            yield return ("sliding_window", model with { Config = config with { SlidingWindow = 2 * window } });
        }

        if (config.SlidingWindow is not null && config.LayerTypes is { } types)
        {
            yield return ("layer_types", model with { Config = config with { LayerTypes = [.. types.Select(type => type == Full ? Sliding : Full)] } });
        }

        if (config.WindowRopeTheta is { } local && config.SlidingWindow is not null)
        {
            yield return ("rope_local_base_freq", model with { Config = config with { WindowRopeTheta = 10 * local } });
        }

        if (config.ModelType == "granite")
        {
            yield return ("embedding_multiplier", model with { Config = config with { EmbeddingMultiplier = 1 } });
            yield return ("attention_multiplier", model with { Config = config with { AttentionMultiplier = 1 / Math.Sqrt(config.HeadDim) } });
            yield return ("residual_multiplier", model with { Config = config with { ResidualMultiplier = 1 } });
            yield return ("logits_scaling", model with { Config = config with { LogitsScaling = 1 } });
        }

        if (config.QueryScaling is not null)
        {
            yield return ("llama_4_scaling_beta", model with { Config = config with { QueryScaling = null } });
        }

        if (config.QueryPreAttentionScalar is { } scalar && scalar != config.HeadDim)
        {
            yield return ("query_pre_attn_scalar", model with { Config = config with { QueryPreAttentionScalar = config.HeadDim } });
        }

        if (config.AttentionSoftCap is { } cap)
        {
            yield return ("attn_logit_softcapping", model with { Config = config with { AttentionSoftCap = 3 * cap } });
        }

        if (config.LogitsSoftCap is { } logitsCap)
        {
            yield return ("final_logit_softcapping", model with { Config = config with { LogitsSoftCap = 3 * logitsCap } });
        }

        if (config.ScalesEmbeddingByRoot)
        {
            yield return ("the embedding's scale", model.With(weight => weight.mul(2), "embed_tokens.weight"));
        }

        if (!config.TieWordEmbeddings)
        {
            yield return ("lm_head", model.With(_ => model.Weights["model.embed_tokens.weight"], "lm_head.weight"));
        }

        Tensor ToOne(Tensor weight) => full_like(weight, 1 - config.NormOffset);

        RandomModel Scaled(RopeScaling scaling) => model with { Config = config with { RopeScaling = scaling } };
    }

    private static IEnumerable<(string Trait, RandomModel Without)> SeparateTraits(RandomModel model)
    {
        var config = model.Config;
        yield return ("rows of q", model.With(w => NeighbourRows(w, config.NumAttentionHeads), "q_proj.weight"));
        yield return ("rows of k", model.With(w => NeighbourRows(w, config.NumKeyValueHeads), "k_proj.weight"));
        yield return ("rows of k by the query heads", model.With(
            w => NeighbourRows(HalfRows(w, config.NumKeyValueHeads), config.NumAttentionHeads), "k_proj.weight"));
    }

    private static IEnumerable<(string Trait, RandomModel Without)> FusedTraits(RandomModel model)
    {
        int queries = model.Config.NumAttentionHeads * model.Config.HeadDim;
        yield return ("query, key and value in order", model.With(weight => weight.roll(queries, 0), "qkv_proj.weight"));
        yield return ("rows of q, k and v", model.With(weight => NeighbourRows(weight, (int)weight.shape[0] / model.Config.HeadDim), "qkv_proj.weight"));
        yield return ("gate before up", model.With(weight => weight.roll(model.Config.IntermediateSize, 0), "gate_up_proj.weight"));
    }

    private static Tensor zeros_like(Tensor tensor) => TorchSharp.torch.zeros_like(tensor);

    // The order of rows where neighbours turn together, written element by element.
    private static Tensor NeighbourRows(Tensor rows, int heads) => Reorder(rows, heads, (i, half) => (i % 2 * half) + (i / 2));

    private static Tensor HalfRows(Tensor rows, int heads) => Reorder(rows, heads, (i, half) => i < half ? 2 * i : (2 * (i - half)) + 1);

    private static Tensor Reorder(Tensor rows, int heads, Func<int, int, int> from)
    {
        int width = (int)rows.shape[0] / heads;
        long[] order = [.. Enumerable.Range(0, heads).SelectMany(head => Enumerable.Range(0, width).Select(i => (long)((head * width) + from(i, width / 2))))];
        return rows.index_select(0, tensor(order));
    }
}
