namespace Microsoft.ML.Polyfill;

/// <summary>Min ≤ value &lt; Max (or ≤ Max), or everything else; NaN is in neither.</summary>
internal readonly record struct ValueRange(double Min, double Max, bool IncludesMax = false, bool IsComplement = false)
{
    public bool Contains(double value)
    {
        if (IsComplement)
            return value < Min || (IncludesMax ? value > Max : value >= Max);
        return value >= Min && (IncludesMax ? value <= Max : value < Max);
    }
}
