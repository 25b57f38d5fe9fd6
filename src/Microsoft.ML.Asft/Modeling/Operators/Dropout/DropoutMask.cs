using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Asft.Modeling.Operators.Dropout;

/// <summary>
/// Decides which numbers of a matrix are dropped, by a hash of the row's key and the column. So the backward pass computes the same mask
/// again, and the mask does not depend on how rows are batched.
/// </summary>
internal sealed class DropoutMask
{
    /// <summary>The factor of columns and positions: a prime near 2³² divided by the golden ratio.</summary>
    public const uint GoldenRatio = 0x9E3779B1;

    /// <summary>The first factor of <see cref="Mix(uint)"/>.</summary>
    public const uint FirstFactor = 0x85EBCA6B;

    /// <summary>The second factor of <see cref="Mix(uint)"/>.</summary>
    public const uint SecondFactor = 0xC2B2AE35;

    private readonly uint[] _rowHashes;
    private readonly Vector512<uint> _threshold;
    private readonly Vector512<float> _scale;

    /// <param name="rowKeys">A random key for each row.</param>
    /// <param name="seed">A seed for the matrix.</param>
    /// <param name="share">The share of numbers that are dropped, 0 to 1 (exclusive).</param>
    public DropoutMask(uint[] rowKeys, uint seed, double share)
    {
        _rowHashes = Array.ConvertAll(rowKeys, key => Mix(key ^ seed));
        _threshold = Vector512.Create((uint)(share * uint.MaxValue));
        _scale = Vector512.Create((float)(1 / (1 - share)));
    }

    /// <summary>Drops some of sixteen numbers and scales up the others, so that the expectation does not change.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> values, long row, long column)
    {
        var hash = Vector512.Create((uint)column) + Vector512<uint>.Indices;
        hash = Mix((hash * GoldenRatio) ^ Vector512.Create(_rowHashes[row]));
        return Vector512.ConditionalSelect(
            Vector512.GreaterThanOrEqual(hash, _threshold).AsSingle(), values * _scale, Vector512<float>.Zero);
    }

    /// <summary>The key of a token.</summary>
    /// <param name="key">The key of the token's example.</param>
    /// <param name="position">The token's position in the example.</param>
    public static uint KeyOf(uint key, int position) => Mix(key + ((uint)position * GoldenRatio));

    /// <summary>Hashes a number, so that every bit affects all bits (the finalizer of MurmurHash3).</summary>
    public static uint Mix(uint value)
    {
        value = (value ^ (value >> 16)) * FirstFactor;
        value = (value ^ (value >> 13)) * SecondFactor;
        return value ^ (value >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> Mix(Vector512<uint> value)
    {
        value = (value ^ (value >> 16)) * FirstFactor;
        value = (value ^ (value >> 13)) * SecondFactor;
        return value ^ (value >> 16);
    }
}
