namespace Microsoft.ML.Asft.Modeling.Operators.FeedForward;

/// <summary>The activation function of a feed-forward block's gate.</summary>
public enum GatedActivation
{
    /// <summary>x / (1 + e⁻ˣ), as in Llama.</summary>
    Silu,

    /// <summary>GELU with the tanh approximation, as in Gemma.</summary>
    GeluTanh,
}
