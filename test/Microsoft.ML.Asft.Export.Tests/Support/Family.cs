using Microsoft.ML.Asft.Checkpoints.Configuration;

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

    internal const string Full = "full_attention";
    internal const string Sliding = "sliding_attention";

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
}
