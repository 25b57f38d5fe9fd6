namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>The settings of a layer's attention, besides its weights.</summary>
/// <param name="Layer">The index of the layer, from 0. It chooses the layer's part of a key-value cache.</param>
/// <param name="KeyValueHeads">The number of key-value heads, Hk.</param>
/// <param name="HeadDim">The width of a head, D.</param>
internal sealed record AttentionSettings(int Layer, int KeyValueHeads, int HeadDim)
{
    /// <summary>Gets the sliding window: the number of tokens that a token sees, itself included. The default is <see langword="null"/>: no limit.</summary>
    public int? Window { get; init; }

    /// <summary>Gets whether queries and keys are rotated by their positions. The default value is <see langword="true"/>.</summary>
    public bool UsesRotary { get; init; } = true;

    /// <summary>Gets the soft cap c of the scaled scores: c · tanh(score / c). The default is <see langword="null"/>: no cap.</summary>
    public double? SoftCap { get; init; }

    /// <summary>Gets the factor of the scores. The default is 1/√D.</summary>
    public double Scale { get; init; } = 1 / Math.Sqrt(HeadDim);
}
