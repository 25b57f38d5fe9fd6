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
    };

    /// <summary>The same model without one trait after the other: what an exporter could forget.</summary>
    public static IEnumerable<(string Trait, RandomModel Without)> Traits(RandomModel model)
    {
        var config = model.Config;
        yield return ("rms_norm_eps", model with { Config = config with { RmsNormEps = 1e-6 } });
        yield return ("rope_theta", model with { Config = config with { RopeTheta = 10_000 } });
        yield return ("input_layernorm", model.With(ones_like, "input_layernorm.weight"));
        yield return ("post_attention_layernorm", model.With(ones_like, "post_attention_layernorm.weight"));
        yield return ("norm", model.With(ones_like, "model.norm.weight"));
        yield return ("rows of q", model.With(w => NeighbourRows(w, config.NumAttentionHeads), "q_proj.weight"));
        yield return ("rows of k", model.With(w => NeighbourRows(w, config.NumKeyValueHeads), "k_proj.weight"));
        yield return ("rows of k by the query heads", model.With(
            w => NeighbourRows(HalfRows(w, config.NumKeyValueHeads), config.NumAttentionHeads), "k_proj.weight"));
        if (config.RopeScaling is { } scaling)
        {
            yield return ("rope_scaling", model with { Config = config with { RopeScaling = null } });
            yield return ("factor", Scaled(scaling with { Factor = 1.5 }));
            if (scaling.RopeType is "yarn" or "llama3")
            {
                yield return ("original length", Scaled(scaling with { OriginalMaxPositionEmbeddings = 2048 }));
            }

            if (scaling.RopeType == "llama3")
            {
                yield return ("low_freq_factor", Scaled(scaling with { LowFreqFactor = 3 }));
                yield return ("high_freq_factor", Scaled(scaling with { HighFreqFactor = 10 }));
            }

            if (scaling.RopeType == "yarn")
            {
                yield return ("beta_fast, beta_slow", Scaled(scaling with { BetaFast = 100, BetaSlow = 0.1 }));
                yield return ("attention_factor", Scaled(scaling with { AttentionFactor = 1 }));
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

        if (config.QueryKeyNorm)
        {
            yield return ("q_norm", model.With(ones_like, "q_norm.weight"));
            yield return ("k_norm", model.With(ones_like, "k_norm.weight"));
        }

        if (!config.TieWordEmbeddings)
        {
            yield return ("lm_head", model.With(_ => model.Weights["model.embed_tokens.weight"], "lm_head.weight"));
        }

        RandomModel Scaled(RopeScaling scaling) => model with { Config = config with { RopeScaling = scaling } };
    }

    private static Tensor ones_like(Tensor tensor) => TorchSharp.torch.ones_like(tensor);

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
