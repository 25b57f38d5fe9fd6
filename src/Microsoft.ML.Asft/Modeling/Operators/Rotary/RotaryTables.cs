using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Rotary;

/// <summary>
/// Rotary position embedding (arXiv 2104.09864) of one batch's positions, the two halves of a head paired as Hugging Face
/// pairs them. The tables are of shape (T, R), or (B, 1, T, R) where sequences stand at different positions. The first R of a head's D numbers
/// rotate, and the others stay as they are.
/// </summary>
/// <param name="Cosine">The cosines.</param>
/// <param name="Sine">The sines.</param>
/// <param name="QueryScale">The factor of queries at each position, (T, 1) or (B, 1, T, 1); <see langword="null"/> for 1.</param>
internal readonly record struct RotaryTables(Tensor Cosine, Tensor Sine, Tensor? QueryScale = null)
{
    /// <summary>Gets the tables for queries, which are scaled on the way; the tables themselves are for keys.</summary>
    public RotaryTables ForQueries => QueryScale is null ? this : this with { Cosine = Cosine.mul(QueryScale), Sine = Sine.mul(QueryScale), QueryScale = null };

    /// <summary>Gets the length above which a sequence has the rows from <see cref="LongOffset"/> on; none where all have the same rows.</summary>
    public int? LongAbove { get; init; }

    /// <summary>Gets the row of a longer sequence's first position.</summary>
    public long LongOffset { get; init; }

    /// <summary>The row of the first position of a sequence.</summary>
    public long FirstRowOf(long length) => length > LongAbove ? LongOffset : 0;

    /// <summary>Rotates a tensor (B, H, T, D).</summary>
    public Tensor Apply(Tensor x)
    {
        (long width, long rotated) = (x.shape[^1], Cosine.shape[^1]);
        return width == rotated ? Rotate(x)
            : cat([Rotate(x.narrow(-1, 0, rotated)), x.narrow(-1, rotated, width - rotated)], -1);
    }

    private Tensor Rotate(Tensor x)
    {
        long half = x.shape[^1] / 2;
        var rotatedHalf = cat([x.narrow(-1, half, half).neg(), x.narrow(-1, 0, half)], -1);
        return Cosine.dtype == x.dtype ? x.mul(Cosine).add_(rotatedHalf.mul_(Sine))
            : x.mul(Cosine).add_(rotatedHalf.mul(Sine)).to_type(x.dtype);
    }
}
