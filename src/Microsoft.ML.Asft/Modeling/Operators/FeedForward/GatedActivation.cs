namespace Microsoft.ML.Asft.Modeling.Operators.FeedForward;

/// <summary>What a feed-forward block's gate goes through.</summary>
internal enum GatedActivation
{
    /// <summary>x / (1 + e⁻ˣ), as in Llama.</summary>
    Silu,

    /// <summary>GELU by its formula with tanh, as in Gemma.</summary>
    GeluTanh,
}
