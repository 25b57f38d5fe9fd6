namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>
/// Hugging Face's names of a layer's norms; <see langword="null"/> for a norm that the layer does not have. The names depend on the order of the norms:
/// post_attention_layernorm is before the feed-forward block in some families, and after attention in others.
/// </summary>
internal sealed record NormNames(string? BeforeAttention, string? AfterAttention, string? BeforeFeedForward, string? AfterFeedForward)
{
    public static NormNames Of(NormPlacement placement) => placement switch
    {
        NormPlacement.BeforeBody => new("input_layernorm", null, "post_attention_layernorm", null),
        NormPlacement.AfterBody => new(null, "post_attention_layernorm", null, "post_feedforward_layernorm"),
        _ => new("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm"),
    };
}
