namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>What <c>longrope</c> divides the rotary frequencies by, a number for each (arXiv 2402.13753). Two with equal numbers are equal.</summary>
/// <param name="Short">For texts up to <see cref="RopeScaling.OriginalMaxPositionEmbeddings"/> (<c>short_factor</c>).</param>
/// <param name="Long">For longer texts (<c>long_factor</c>).</param>
public sealed record LongRopeFactors(IReadOnlyList<double> Short, IReadOnlyList<double> Long)
{
    /// <inheritdoc/>
    public bool Equals(LongRopeFactors? other) => other is not null && Short.SequenceEqual(other.Short) && Long.SequenceEqual(other.Long);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (double factor in Short.Concat(Long))
        {
            hash.Add(factor);
        }

        return hash.ToHashCode();
    }
}
