using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>llama.cpp's implementation of a model family.</summary>
/// <param name="Name">llama.cpp's name of the architecture.</param>
internal sealed record Architecture(string Name)
{
    private static readonly Dictionary<string, Architecture> ByModelType = new(StringComparer.Ordinal)
    {
        ["llama"] = new("llama") { RotatesNeighbours = true, ReadsRotaryFactors = true, ReadsLongRope = true, ReadsOutputBias = true, ReadsFeedForwardBias = true },
        ["mistral"] = new("llama") { RotatesNeighbours = true, ReadsRotaryFactors = true, ReadsLongRope = true },
        ["qwen2"] = new("qwen2"),
        ["qwen3"] = new("qwen3"),
        ["smollm3"] = new("smollm3") { RotatesNeighbours = true, SkipsRotaryEvery = 4 },
        ["granite"] = new("granite") { RotatesNeighbours = true, ReadsRotaryFactors = true, ReadsLongRope = true, ReadsOutputBias = true, ReadsFeedForwardBias = true },
        ["ministral3"] = new("mistral3") { RotatesNeighbours = true, ReadsRotaryFactors = true, ReadsLongRope = true },
        ["olmo2"] = new("olmo2") { ReadsAttentionBias = false, Head = HeadStorage.Always, DerivesHeadWidth = true },
        ["olmo3"] = new("olmo2") { ReadsAttentionBias = false, Head = HeadStorage.Always, DerivesHeadWidth = true, ReadsWindows = true },
        ["gemma2"] = new("gemma2")
        {
            ReadsAttentionBias = false, Head = HeadStorage.Never, ReadsWindows = true, AlwaysHasWindows = true, AlwaysCaps = true, LayersWithMeanHeadScale = 46,
        },
        ["gemma3_text"] = new("gemma3") { ReadsAttentionBias = false, ReadsWindows = true, LayersWithMeanHeadScale = 62 },
        ["phi3"] = new("phi3") { ReadsLongRope = true, ReadsAttentionBias = false, DerivesHeadWidth = true },
        ["qwen3_moe"] = new("qwen3moe"),
        ["mixtral"] = new("llama") { RotatesNeighbours = true, ReadsRotaryFactors = true, ReadsLongRope = true },
    };

    /// <summary>Where a file of the architecture has the head.</summary>
    public enum HeadStorage
    {
        /// <summary>In a tensor of its own, unless it is the embedding.</summary>
        UnlessTied,

        /// <summary>In a tensor of its own, even if it is a copy of the embedding.</summary>
        Always,

        /// <summary>Nowhere: it is the embedding.</summary>
        Never,
    }

    /// <summary>
    /// Gets whether the rotary embedding rotates neighbours (2i, 2i + 1) as in Meta's code, instead of halves (i, i + D/2) as in
    /// Hugging Face's. The rows of query and key projections are then in another order.
    /// </summary>
    public bool RotatesNeighbours { get; private init; }

    /// <summary>Gets whether a tensor may divide each rotary frequency, which <c>llama3</c> scaling needs.</summary>
    public bool ReadsRotaryFactors { get; private init; }

    /// <summary>Gets whether two tensors may divide each rotary frequency, for short and long texts, which <c>longrope</c> needs.</summary>
    public bool ReadsLongRope { get; private init; }

    /// <summary>Gets whether query, key and value projections may have biases.</summary>
    public bool ReadsAttentionBias { get; private init; } = true;

    /// <summary>Gets whether the attention's output projection may have a bias.</summary>
    public bool ReadsOutputBias { get; private init; }

    /// <summary>Gets whether the feed-forward block may have biases.</summary>
    public bool ReadsFeedForwardBias { get; private init; }

    /// <summary>Gets whether it reads the sliding window, which layers have one, and their rotary base.</summary>
    public bool ReadsWindows { get; private init; }

    /// <summary>Gets whether some layers have a sliding window, whatever the metadata says.</summary>
    public bool AlwaysHasWindows { get; private init; }

    /// <summary>Gets where the head is.</summary>
    public HeadStorage Head { get; private init; }

    /// <summary>Gets the n of "layers n, 2n, … do not rotate queries and keys"; 0 if all layers do. No metadata says so.</summary>
    private int SkipsRotaryEvery { get; init; }

    /// <summary>Gets whether a head is as wide as the hidden state divided by the number of heads, whatever the metadata says.</summary>
    private bool DerivesHeadWidth { get; init; }

    /// <summary>Gets whether attention scores and logits always have soft caps.</summary>
    private bool AlwaysCaps { get; init; }

    /// <summary>
    /// Gets the number of layers by which a Gemma's largest model is recognised, whose attention scores are divided by the root of
    /// H / heads; those of all others are divided by the root of the head's width. No metadata says so.
    /// </summary>
    private int LayersWithMeanHeadScale { get; init; }

    /// <summary>Gets the architecture of a model.</summary>
    /// <exception cref="NotSupportedException">
    /// llama.cpp has none, or it lacks a part of the model; the message names the setting.
    /// </exception>
    public static Architecture Of(ModelConfig config)
    {
        if (!ByModelType.TryGetValue(config.ModelType, out var architecture))
        {
            throw new NotSupportedException(
                $"GGUF is written for the model types {string.Join(", ", ByModelType.Keys)}; this model is '{config.ModelType}'. "
                + "Save it as a Hugging Face folder instead (asft merge).");
        }

        architecture.Check(config);
        return architecture;
    }

    /// <summary>
    /// Gets the n of "each n-th layer sees all, the others have a sliding window": 1 if all see all, 0 if none does;
    /// <see langword="null"/> if the layers have another order.
    /// </summary>
    public static int? WindowPeriod(ModelConfig config)
    {
        bool[] windows = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(config.UsesSlidingWindow)];
        int period = Array.IndexOf(windows, false) + 1;
        return windows.Index().All(layer => layer.Item == (period == 0 || (layer.Index + 1) % period != 0)) ? period : null;
    }

    private void Check(ModelConfig config)
    {
        Demand(!config.AttentionBias || ReadsAttentionBias, "attention_bias", "is set, but there are no biases of the attention's projections");
        Demand(!config.OutputProjectionBias || ReadsOutputBias, "attention_bias", "is set, but there is no bias of the attention's output projection");
        Demand(!config.MlpBias || ReadsFeedForwardBias, "mlp_bias", "is set, but there are no biases of the feed-forward block");
        Demand(config.TieWordEmbeddings || Head != HeadStorage.Never, "tie_word_embeddings", "is false, but the head is always the embedding");
        Demand(
            !DerivesHeadWidth || config.HeadDim * config.NumAttentionHeads == config.HiddenSize, "head_dim",
            $"is {config.HeadDim}, but it must be hidden_size / num_attention_heads");
        Demand(
            config.RotaryLayers is not { } rotary || rotary.Index().All(layer => layer.Item == ((layer.Index + 1) % SkipsRotaryEvery != 0)), "no_rope_layers",
            $"is another list than all layers but each number {SkipsRotaryEvery}, which is fixed");
        Demand(!AlwaysCaps || config.AttentionSoftCap is not null, "attn_logit_softcapping", "is null, but attention scores always have a cap");
        Demand(!AlwaysCaps || config.LogitsSoftCap is not null, "final_logit_softcapping", "is null, but logits always have a cap");
        int scalar = config.NumHiddenLayers == LayersWithMeanHeadScale ? config.HiddenSize / config.NumAttentionHeads : config.HeadDim;
        Demand(
            config.QueryPreAttentionScalar is not { } given || given == scalar, "query_pre_attn_scalar",
            $"is {config.QueryPreAttentionScalar}, but for such a model it is fixed at {scalar}");
        Demand(
            config.WindowRopeTheta is null || config.RopeScaling is null or { RopeType: "linear" or "dynamic" }, "rope_scaling",
            $"is {config.RopeScaling?.RopeType}, but beside windows only linear scaling can be computed");
        Demand(
            config.Experts is null || Enumerable.Range(0, config.NumHiddenLayers).All(config.UsesExperts),
            config.Experts?.LayerStep > 1 ? "decoder_sparse_step" : "mlp_only_layers", "leaves layers without experts, but all layers have them");
        Demand(config.Experts is not { NormalizesWeights: false }, "norm_topk_prob", "is false, but the chosen experts' weights are always divided by their sum");
        Demand(!ReadsWindows || WindowPeriod(config) is not null, "layer_types", "is not a period of windows and then one layer that sees all, which alone exists");
    }

    private void Demand(bool holds, string key, string what)
    {
        if (!holds)
        {
            throw new NotSupportedException(
                $"{ModelConfig.FileName}: '{key}' {what} in llama.cpp's {Name} models. Save the model as a Hugging Face folder instead (asft merge).");
        }
    }
}
