namespace Microsoft.ML.Asft.Modeling.Operators.Rotary;

/// <summary>The shape of a token's heads: Hk key-value heads with G query heads each, D numbers wide.</summary>
internal readonly record struct HeadShape(long KeyValueHeads, long Groups, long Dim)
{
    /// <summary>Gets the number of numbers of a token.</summary>
    public long Width => KeyValueHeads * Groups * Dim;
}
