namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>What tells one layer's attention from another's, beside its weights.</summary>
/// <param name="Layer">The layer, from 0, whose part of a key-value cache it uses.</param>
/// <param name="KeyValueHeads">Hk.</param>
/// <param name="HeadDim">D.</param>
internal sealed record AttentionSettings(int Layer, int KeyValueHeads, int HeadDim)
{
    /// <summary>Gets how many tokens, its own included, a token sees; <see langword="null"/>, the default, for all before it.</summary>
    public int? Window { get; init; }

    /// <summary>Gets whether queries and keys are rotated by their positions. The default value is <see langword="true"/>.</summary>
    public bool UsesRotary { get; init; } = true;

    /// <summary>Gets the bound c that scaled scores are kept within by c · tanh(score / c); <see langword="null"/>, the default, for none.</summary>
    public double? SoftCap { get; init; }

    /// <summary>Gets what scores are multiplied by; 1/√D by default.</summary>
    public double Scale { get; init; } = 1 / Math.Sqrt(HeadDim);
}
