namespace Microsoft.ML.Asft.Checkpoints;

/// <summary>Which layers of a model attend through a sliding window.</summary>
internal enum WindowRule
{
    /// <summary>None, whatever the configuration says.</summary>
    Never,

    /// <summary>All, when <c>sliding_window</c> is set.</summary>
    Everywhere,

    /// <summary>With <c>use_sliding_window</c>, those that <c>layer_types</c> names, or those from <c>max_window_layers</c> on.</summary>
    ByLayer,
}

/// <summary>What tells one family of models from another: the traits that its <c>model_type</c> implies, and its defaults.</summary>
internal sealed record ModelFamily(string ModelType, string Architecture)
{
    public static IReadOnlyList<ModelFamily> All { get; } =
    [
        new("llama", "LlamaForCausalLM") { ReadsAttentionBias = true, ReadsMlpBias = true, MaxPositionEmbeddings = 2048 },
        new("mistral", "MistralForCausalLM") { Window = WindowRule.Everywhere, MaxPositionEmbeddings = 131_072 },
        new("qwen2", "Qwen2ForCausalLM") { QueryKeyValueBias = true, Window = WindowRule.ByLayer, MaxPositionEmbeddings = 32_768 },
        new("qwen3", "Qwen3ForCausalLM")
        {
            ReadsAttentionBias = true, QueryKeyNorm = true, HeadDim = 128, Window = WindowRule.ByLayer, MaxPositionEmbeddings = 32_768,
        },
    ];

    public static string Names { get; } = string.Join(", ", All.Select(family => family.ModelType));

    /// <summary>Gets whether <c>attention_bias</c> decides on biases of all four projections.</summary>
    public bool ReadsAttentionBias { get; private init; }

    /// <summary>Gets whether the query, key and value projections have biases anyway.</summary>
    public bool QueryKeyValueBias { get; private init; }

    /// <summary>Gets whether <c>mlp_bias</c> decides on biases of the feed-forward block.</summary>
    public bool ReadsMlpBias { get; private init; }

    /// <summary>Gets whether each head's queries and keys are normalised.</summary>
    public bool QueryKeyNorm { get; private init; }

    public WindowRule Window { get; private init; }

    /// <summary>Gets the default of <c>head_dim</c>; <c>hidden_size / num_attention_heads</c> when <see langword="null"/>.</summary>
    public int? HeadDim { get; private init; }

    public int MaxPositionEmbeddings { get; private init; }

    public static ModelFamily Get(string modelType, string file) => All.FirstOrDefault(family => family.ModelType == modelType)
        ?? throw new NotSupportedException($"{file}: 'model_type' is '{modelType}', and only {Names} are supported. Take another model.");
}
