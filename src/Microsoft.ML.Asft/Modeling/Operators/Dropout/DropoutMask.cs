using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Asft.Modeling.Operators.Dropout;

/// <summary>
/// Which numbers of a matrix are dropped: a hash of the row's key and the column decides, so that the backward pass finds
/// the same again and nothing depends on how rows are batched.
/// </summary>
internal sealed class DropoutMask
{
    /// <summary>What columns and positions are multiplied by: 2³² by the golden ratio.</summary>
    public const uint GoldenRatio = 0x9E3779B1;

    /// <summary>The first factor of <see cref="Mix(uint)"/>.</summary>
    public const uint FirstFactor = 0x85EBCA6B;

    /// <summary>The second factor of <see cref="Mix(uint)"/>.</summary>
    public const uint SecondFactor = 0xC2B2AE35;

    private readonly uint[] _rowHashes;
    private readonly Vector512<uint> _threshold;
    private readonly Vector512<float> _scale;

    /// <param name="rowKeys">A number for each row.</param>
    /// <param name="seed">A number for the matrix.</param>
    /// <param name="share">The share that is dropped, 0 to 1 (exclusive).</param>
    public DropoutMask(uint[] rowKeys, uint seed, double share)
    {
        _rowHashes = Array.ConvertAll(rowKeys, key => Mix(key ^ seed));
        _threshold = Vector512.Create((uint)(share * uint.MaxValue));
        _scale = Vector512.Create((float)(1 / (1 - share)));
    }

    /// <summary>Drops some of sixteen numbers and scales up the others, so that their expectation stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Apply(Vector512<float> values, long row, long column)
    {
        var hash = Vector512.Create((uint)column) + Vector512<uint>.Indices;
        hash = Mix((hash * GoldenRatio) ^ Vector512.Create(_rowHashes[row]));
        return Vector512.ConditionalSelect(
            Vector512.GreaterThanOrEqual(hash, _threshold).AsSingle(), values * _scale, Vector512<float>.Zero);
    }

    /// <summary>The key of a token.</summary>
    /// <param name="key">Its example's.</param>
    /// <param name="position">Its place in the example.</param>
    public static uint KeyOf(uint key, int position) => Mix(key + ((uint)position * GoldenRatio));

    /// <summary>Spreads every bit of a number over all of its bits (the finalizer of MurmurHash3).</summary>
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
