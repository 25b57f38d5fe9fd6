using Microsoft.ML.Asft.Checkpoints.Configuration;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Tests.Support;

/// <summary>What tells a family's model from another, left out one at a time.</summary>
internal static class FamilyTraits
{
    /// <summary>The same model without one trait after the other: what an exporter could forget.</summary>
    public static IEnumerable<(string Trait, RandomModel Without)> Of(RandomModel model)
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
            yield return ("layer_types", model with { Config = config with { LayerTypes = [.. types.Select(type => type == Family.Full ? Family.Sliding : Family.Full)] } });
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
