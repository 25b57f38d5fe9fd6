using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Cli.Options;

/// <summary>The family and the sizes of a new model, and other settings of its family.</summary>
internal sealed record ModelPreset(
    string Family, int HiddenSize, int Layers, int Heads, int KeyValueHeads, int IntermediateSize, bool Tie, double RopeTheta, int? HeadDim = null)
{
    /// <summary>Gets the presets by name. The numbers of published models are from their config.json on the Hugging Face Hub.</summary>
    public static IReadOnlyDictionary<string, ModelPreset> All { get; } = new Dictionary<string, ModelPreset>
    {
        ["tiny"] = new("qwen2", 64, Layers: 2, Heads: 4, KeyValueHeads: 2, IntermediateSize: 176, Tie: false, RopeTheta: 10_000),

        // The shapes of HuggingFaceTB/SmolLM-135M and Qwen/Qwen2.5-0.5B.
        ["135m"] = new("qwen2", 576, Layers: 30, Heads: 9, KeyValueHeads: 3, IntermediateSize: 1536, Tie: true, RopeTheta: 10_000),
        ["0.5b"] = new("qwen2", 896, Layers: 24, Heads: 14, KeyValueHeads: 2, IntermediateSize: 4864, Tie: true, RopeTheta: 1_000_000),

        // Qwen/Qwen3-0.6B
        ["qwen3-0.6b"] = new("qwen3", 1024, Layers: 28, Heads: 16, KeyValueHeads: 8, IntermediateSize: 3072, Tie: true, RopeTheta: 1_000_000, HeadDim: 128)
        {
            Settings = config => config with { MaxPositionEmbeddings = 40_960 },
        },

        // google/gemma-3-1b-pt
        ["gemma-3-1b"] = new("gemma3_text", 1152, Layers: 26, Heads: 4, KeyValueHeads: 1, IntermediateSize: 6912, Tie: true, RopeTheta: 1_000_000, HeadDim: 256)
        {
            Settings = config => config with { MaxPositionEmbeddings = 32_768, SlidingWindow = 512 },
        },

        // allenai/OLMo-2-0425-1B; the same numbers stand in src/fairseq2/models/olmo2/config.py of facebookresearch/fairseq2.
        ["olmo-2-1b"] = new("olmo2", 2048, Layers: 16, Heads: 16, KeyValueHeads: 16, IntermediateSize: 8192, Tie: false, RopeTheta: 500_000)
        {
            Settings = config => config with { MaxPositionEmbeddings = 4096, RmsNormEps = 1e-6 },
        },

        // ibm-granite/granite-3.3-2b-instruct; the same numbers stand for its relative granite-speech-3.3-2b, whose text model it is, in
        // IMvision12's KerasFormers (GRANITE_SPEECH_CONFIG).
        ["granite-3.3-2b"] = new("granite", 2048, Layers: 40, Heads: 32, KeyValueHeads: 8, IntermediateSize: 8192, Tie: true, RopeTheta: 10_000_000)
        {
            Settings = config => config with
            {
                MaxPositionEmbeddings = 131_072,
                RmsNormEps = 1e-5,
                EmbeddingMultiplier = 12,
                AttentionMultiplier = 0.015625,
                ResidualMultiplier = 0.22,
                LogitsScaling = 8,
            },
        },

        // microsoft/Phi-4-mini-instruct, without its longrope, which extends the short context of a trained model. The same
        // numbers stand in examples/models/phi_4_mini/config/config.json of pytorch/executorch.
        ["phi-4-mini"] = new("phi3", 3072, Layers: 32, Heads: 24, KeyValueHeads: 8, IntermediateSize: 8192, Tie: true, RopeTheta: 10_000)
        {
            Settings = config => config with { PartialRotaryFactor = 0.75 },
        },
    };

    /// <summary>Gets the function that adds the other settings to a configuration of <see cref="Family"/>.</summary>
    public Func<ModelConfig, ModelConfig> Settings { get; private init; } = config => config;
}
