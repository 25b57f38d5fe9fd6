using Microsoft.ML.Asft.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Rotary;

/// <summary>
/// The tables of rotary position embedding (arXiv 2104.09864) for a batch's positions. The first R of a head's D numbers are rotated, and the
/// others do not change. The two halves of the R numbers are paired as in Hugging Face's code. The shape of the tables is (T, R), or (B, 1, T, R)
/// if the sequences are at different positions.
/// </summary>
/// <param name="Cosine">The cosines.</param>
/// <param name="Sine">The sines.</param>
/// <param name="QueryScale">The factor of queries at each position, (T, 1) or (B, 1, T, 1); <see langword="null"/> for 1.</param>
internal readonly record struct RotaryTables(Tensor Cosine, Tensor Sine, Tensor? QueryScale = null)
{
    /// <summary>Gets the tables for queries, which include <see cref="QueryScale"/>. These tables themselves are for keys.</summary>
    public RotaryTables ForQueries => QueryScale is null ? this : this with { Cosine = Cosine.mul(QueryScale), Sine = Sine.mul(QueryScale), QueryScale = null };

    /// <summary>Gets the length above which a sequence uses the rows from <see cref="LongOffset"/>; <see langword="null"/> if all use the same rows.</summary>
    public int? LongAbove { get; init; }

    /// <summary>Gets the row of the first position in a sequence longer than <see cref="LongAbove"/>.</summary>
    public long LongOffset { get; init; }

    /// <summary>The row of the first position in a sequence of a length.</summary>
    public long FirstRowOf(long length) => length > LongAbove ? LongOffset : 0;

    /// <summary>Rotates queries (B, H, T, D) and keys (B, Hk, T, D).</summary>
    public (Tensor Queries, Tensor Keys) Apply(Tensor queries, Tensor keys) =>
        queries.device_type == DeviceType.CUDA ? Fused(queries, keys) : (ForQueries.Apply(queries), Apply(keys));

    /// <summary>The same by <see cref="FusedRotary"/>.</summary>
    internal (Tensor Queries, Tensor Keys) Fused(Tensor queries, Tensor keys)
    {
        (long width, long rotated) = (queries.shape[^1], Cosine.shape[^1]);
        if (width == rotated)
        {
            return FusedRotary.Rotate(queries, keys, ForQueries, this);
        }

        var (q, k) = FusedRotary.Rotate(queries.narrow(-1, 0, rotated), keys.narrow(-1, 0, rotated), ForQueries, this);
        return (cat([q, queries.narrow(-1, rotated, width - rotated)], -1), cat([k, keys.narrow(-1, rotated, width - rotated)], -1));
    }

    /// <summary>Rotates a tensor (B, H, T, D), by libtorch's operators.</summary>
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
        return Cosine.dtype == x.dtype ? x.mul(Cosine).Add_(rotatedHalf.mul_(Sine))
            : x.mul(Cosine).Add_(rotatedHalf.mul(Sine)).to_type(x.dtype);
    }
}
