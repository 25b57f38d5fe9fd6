namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>
/// Hugging Face's names of a layer's norms; <see langword="null"/> for a norm that the layer does not have. <c>post_attention_layernorm</c>
/// comes before the feed-forward block in families that normalise inputs, and after attention in the others.
/// </summary>
/// <param name="BeforeAttention">The norm of attention's input.</param>
/// <param name="AfterAttention">The norm of attention's output.</param>
/// <param name="BeforeFeedForward">The norm of the feed-forward block's input.</param>
/// <param name="AfterFeedForward">The norm of the feed-forward block's output.</param>
public sealed record NormNames(string? BeforeAttention, string? AfterAttention, string? BeforeFeedForward, string? AfterFeedForward)
{
    /// <summary>Returns the names.</summary>
    /// <param name="placement">Where the layers normalise: <see cref="ModelConfig.NormPlacement"/>.</param>
    public static NormNames Of(NormPlacement placement) => placement switch
    {
        NormPlacement.BeforeBody => new("input_layernorm", null, "post_attention_layernorm", null),
        NormPlacement.AfterBody => new(null, "post_attention_layernorm", null, "post_feedforward_layernorm"),
        _ => new("input_layernorm", "post_attention_layernorm", "pre_feedforward_layernorm", "post_feedforward_layernorm"),
    };
}
