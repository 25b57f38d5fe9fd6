namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>The divisors of <c>longrope</c>, one for each rotary frequency (arXiv 2402.13753). Two objects with equal numbers are equal.</summary>
/// <param name="Short">The divisors for texts up to <see cref="RopeScaling.OriginalMaxPositionEmbeddings"/> (<c>short_factor</c>).</param>
/// <param name="Long">The divisors for longer texts (<c>long_factor</c>).</param>
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
