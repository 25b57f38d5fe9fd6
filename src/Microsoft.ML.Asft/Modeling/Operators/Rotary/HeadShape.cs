namespace Microsoft.ML.Asft.Modeling.Operators.Rotary;

/// <summary>Heads side by side: Hk key-value heads with G query heads to each, D numbers wide.</summary>
internal readonly record struct HeadShape(long KeyValueHeads, long Groups, long Dim)
{
    /// <summary>Gets the numbers of a token.</summary>
    public long Width => KeyValueHeads * Groups * Dim;
}
