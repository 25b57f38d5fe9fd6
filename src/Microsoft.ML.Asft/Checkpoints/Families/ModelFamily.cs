namespace Microsoft.ML.Asft.Checkpoints.Families;

/// <summary>
/// A family of models, as a row of one table: the traits that its <c>model_type</c> implies, and the defaults of settings that
/// <c>config.json</c> may leave out. A new family is a new row; a trait that no family had before is a new <see cref="ConfigTrait"/>.
/// </summary>
internal sealed record ModelFamily(string ModelType, string Architecture)
{
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        new("llama", "LlamaForCausalLM")
        {
            AttentionBias = AttentionBiasTrait.FromSetting, FeedForwardBias = FeedForwardBiasTrait.FromSetting, MaxPositionEmbeddings = 2048,
        },
        new("mistral", "MistralForCausalLM") { SlidingWindow = SlidingWindowTrait.EveryLayer, KeyValueHeads = 8, MaxPositionEmbeddings = 131_072 },
        new("qwen2", "Qwen2ForCausalLM")
        {
            AttentionBias = AttentionBiasTrait.QueryKeyValue, SlidingWindow = SlidingWindowTrait.ByLayer, KeyValueHeads = 32,
            MaxPositionEmbeddings = 32_768,
        },
        new("qwen3", "Qwen3ForCausalLM")
        {
            AttentionBias = AttentionBiasTrait.FromSetting, QueryKeyNorm = QueryKeyNormTrait.EachHead, SlidingWindow = SlidingWindowTrait.ByLayer,
            KeyValueHeads = 32, HeadDim = 128, MaxPositionEmbeddings = 32_768,
        },
        new("smollm3", "SmolLM3ForCausalLM")
        {
            AttentionBias = AttentionBiasTrait.FromSetting, FeedForwardBias = FeedForwardBiasTrait.FromSetting,
            RotaryLayers = RotaryLayersTrait.FromSetting, SlidingWindow = SlidingWindowTrait.ByLayerType, KeyValueHeads = 4,
            MaxPositionEmbeddings = 32_768, RopeTheta = 2_000_000, TieWordEmbeddings = true,
        },
        new("granite", "GraniteForCausalLM")
        {
            AttentionBias = AttentionBiasTrait.FromSetting, FeedForwardBias = FeedForwardBiasTrait.FromSetting,
            Multipliers = MultipliersTrait.FromSettings, MaxPositionEmbeddings = 2048,
        },
        new("gemma2", "Gemma2ForCausalLM")
        {
            Activation = ActivationTrait.GeluTanh, AttentionBias = AttentionBiasTrait.FromSetting, GemmaScales = GemmaScalesTrait.Both,
            Norms = NormsTrait.BeforeAndAfter, SlidingWindow = SlidingWindowTrait.AllButEvery(2), SoftCap = SoftCapTrait.Both,
            AttentionHeads = 8, KeyValueHeads = 4, HeadDim = 256, MaxPositionEmbeddings = 8192, TieWordEmbeddings = true, VocabSize = 256_000,
        },
        new("gemma3_text", "Gemma3ForCausalLM")
        {
            Activation = ActivationTrait.GeluTanh, AttentionBias = AttentionBiasTrait.FromSetting, GemmaScales = GemmaScalesTrait.Both,
            Norms = NormsTrait.BeforeAndAfter, QueryKeyNorm = QueryKeyNormTrait.EachHead, Rotary = RotaryTrait.LocalBase,
            SlidingWindow = SlidingWindowTrait.AllButEvery(6, "sliding_window_pattern"), SoftCap = SoftCapTrait.Logits, AttentionHeads = 8,
            KeyValueHeads = 4, HeadDim = 256, MaxPositionEmbeddings = 131_072, RopeTheta = 1_000_000, TieWordEmbeddings = true,
            VocabSize = 262_208,
        },
        new("olmo2", "Olmo2ForCausalLM")
        {
            AttentionBias = AttentionBiasTrait.FromSetting, Norms = NormsTrait.After, QueryKeyNorm = QueryKeyNormTrait.Projection,
            Rotary = RotaryTrait.Single, MaxPositionEmbeddings = 2048, RmsNormEps = 1e-5,
        },
        new("olmo3", "Olmo3ForCausalLM")
        {
            AttentionBias = AttentionBiasTrait.FromSetting, Norms = NormsTrait.After, QueryKeyNorm = QueryKeyNormTrait.Projection,
            Rotary = RotaryTrait.SinglePlainInWindows, SlidingWindow = SlidingWindowTrait.AllButEvery(4), MaxPositionEmbeddings = 65_536,
            RmsNormEps = 1e-5, RopeTheta = 500_000,
        },
        new("phi3", "Phi3ForCausalLM")
        {
            FusedProjections = FusedProjectionsTrait.Both, PartialRotary = PartialRotaryTrait.FromSetting,
            SlidingWindow = SlidingWindowTrait.EveryLayerIfSet, MaxPositionEmbeddings = 4096, OriginalMaxPositionEmbeddings = 4096, RmsNormEps = 1e-5,
        },
        new("qwen3_moe", "Qwen3MoeForCausalLM")
        {
            AttentionBias = AttentionBiasTrait.FromSetting, Experts = ExpertsTrait.Qwen, QueryKeyNorm = QueryKeyNormTrait.EachHead,
            SlidingWindow = SlidingWindowTrait.EveryLayerIfUsed, KeyValueHeads = 4, MaxPositionEmbeddings = 32_768,
        },
        new("mixtral", "MixtralForCausalLM")
        {
            Experts = ExpertsTrait.Mixtral, SlidingWindow = SlidingWindowTrait.EveryLayerIfSet, KeyValueHeads = 8, MaxPositionEmbeddings = 131_072,
            RmsNormEps = 1e-5, RopeTheta = 1_000_000,
        },
        new("ministral3", "Ministral3ForCausalLM")
        {
            QueryScaling = QueryScalingTrait.FromSetting, SlidingWindow = SlidingWindowTrait.EveryLayerIfSet, KeyValueHeads = 8, HeadDim = 128,
            MaxPositionEmbeddings = 262_144, RmsNormEps = 1e-5, RopeTheta = 1_000_000,
        },
    ];

    public static string Names { get; } = string.Join(", ", All.Select(family => family.ModelType));

    /// <summary>Gets the activation of the feed-forward block. The default is SiLU.</summary>
    public ConfigTrait Activation { get; private init; } = ActivationTrait.Silu;

    /// <summary>Gets which attention projections have biases. The default is none.</summary>
    public ConfigTrait AttentionBias { get; private init; } = AttentionBiasTrait.None;

    /// <summary>Gets whether layers have experts. The default is that they have none.</summary>
    public ConfigTrait Experts { get; private init; } = ExpertsTrait.None;

    /// <summary>Gets whether the feed-forward projections have biases. The default is none.</summary>
    public ConfigTrait FeedForwardBias { get; private init; } = FeedForwardBiasTrait.None;

    /// <summary>Gets whether projections of the same input are fused. The default is that they are not.</summary>
    public ConfigTrait FusedProjections { get; private init; } = FusedProjectionsTrait.None;

    /// <summary>Gets whether embedding and scores are scaled as Gemma does. The default is that they are not.</summary>
    public ConfigTrait GemmaScales { get; private init; } = GemmaScalesTrait.None;

    /// <summary>Gets whether embedding, scores, branches and logits are scaled. The default is that they are not.</summary>
    public ConfigTrait Multipliers { get; private init; } = MultipliersTrait.None;

    /// <summary>Gets where and how layers normalise. The default is the input of each branch.</summary>
    public ConfigTrait Norms { get; private init; } = NormsTrait.Before;

    /// <summary>Gets whether only a part of a head may be rotated. The default is that the whole head is rotated.</summary>
    public ConfigTrait PartialRotary { get; private init; } = PartialRotaryTrait.None;

    /// <summary>Gets how layers rotate queries and keys. The default is the same for all layers.</summary>
    public RotaryTrait Rotary { get; private init; } = RotaryTrait.Same;

    /// <summary>Gets whether queries are scaled by their position. The default is that they do not.</summary>
    public ConfigTrait QueryScaling { get; private init; } = QueryScalingTrait.None;

    /// <summary>Gets whether queries and keys are normalised. The default is that they are not.</summary>
    public ConfigTrait QueryKeyNorm { get; private init; } = QueryKeyNormTrait.None;

    /// <summary>Gets which layers rotate queries and keys. The default is all.</summary>
    public ConfigTrait RotaryLayers { get; private init; } = RotaryLayersTrait.All;

    /// <summary>Gets which layers attend through a sliding window. The default is none.</summary>
    public ConfigTrait SlidingWindow { get; private init; } = SlidingWindowTrait.None;

    /// <summary>Gets whether scores and logits have a soft cap. The default is that they are not.</summary>
    public ConfigTrait SoftCap { get; private init; } = SoftCapTrait.None;

    /// <summary>Gets all traits, in the order in which they are read.</summary>
    public IEnumerable<ConfigTrait> Traits =>
    [
        Activation, AttentionBias, Experts, FeedForwardBias, FusedProjections, GemmaScales, Multipliers, Norms, PartialRotary, QueryScaling,
        QueryKeyNorm, Rotary, RotaryLayers, SlidingWindow, SoftCap,
    ];

    /// <summary>Gets the default of <c>num_attention_heads</c>; <see langword="null"/> if the setting is required.</summary>
    public int? AttentionHeads { get; private init; }

    /// <summary>Gets the default of <c>vocab_size</c>; <see langword="null"/> if the setting is required.</summary>
    public int? VocabSize { get; private init; }

    /// <summary>Gets the default of <c>num_key_value_heads</c>; <see langword="null"/> for the number of query heads.</summary>
    public int? KeyValueHeads { get; private init; }

    /// <summary>Gets the default of <c>head_dim</c>; <see langword="null"/> for <c>hidden_size / num_attention_heads</c>.</summary>
    public int? HeadDim { get; private init; }

    /// <summary>Gets the default of <c>max_position_embeddings</c>.</summary>
    public int MaxPositionEmbeddings { get; private init; }

    /// <summary>
    /// Gets the default of <c>original_max_position_embeddings</c> for <c>longrope</c>; <see langword="null"/> for
    /// <c>max_position_embeddings</c>.
    /// </summary>
    public int? OriginalMaxPositionEmbeddings { get; private init; }

    /// <summary>Gets the default of <c>rms_norm_eps</c>.</summary>
    public double RmsNormEps { get; private init; } = 1e-6;

    /// <summary>Gets the default of <c>rope_theta</c>.</summary>
    public double RopeTheta { get; private init; } = 10_000;

    /// <summary>Gets the default of <c>tie_word_embeddings</c>.</summary>
    public bool TieWordEmbeddings { get; private init; }

    public static ModelFamily Get(string modelType, string file) => All.FirstOrDefault(family => family.ModelType == modelType)
        ?? throw new NotSupportedException($"{file}: 'model_type' is '{modelType}', and only {Names} are supported. Take another model.");
}
