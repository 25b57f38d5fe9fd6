using System.Numerics;

namespace Microsoft.ML.Data;

/// <summary>
/// A 128-bit row id. <see cref="Fork"/>, <see cref="Next"/> and <see cref="Combine"/> derive new ids by the
/// block step of MurmurHash3 x64 128.
/// </summary>
public readonly struct DataViewRowId : IComparable<DataViewRowId>, IEquatable<DataViewRowId>
{
    private const ulong C1 = 0x87c37b91114253d5;
    private const ulong C2 = 0x4cf5ad432745937f;

    public readonly ulong Low;
    public readonly ulong High;

    public DataViewRowId(ulong low, ulong high)
    {
        Low = low;
        High = high;
    }

    public override string ToString() => $"{High:x16}{Low:x16}";

    public int CompareTo(DataViewRowId other)
    {
        int byHigh = High.CompareTo(other.High);
        return byHigh != 0 ? byHigh : Low.CompareTo(other.Low);
    }

    public bool Equals(DataViewRowId other) => Low == other.Low && High == other.High;

    public override bool Equals(object obj) => obj is DataViewRowId other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Low, High);

    /// <summary>The first of an id's two descendants; its id never meets those of <see cref="Next"/>.</summary>
    public DataViewRowId Fork()
    {
        var next = Next();
        return new DataViewRowId(next.Low ^ MixLow(1), next.High);
    }

    /// <summary>The id after hashing a block of sixteen zero bytes.</summary>
    public DataViewRowId Next() => Block(0, 0);

    /// <summary>The id after hashing the fork of <paramref name="other"/>.</summary>
    public DataViewRowId Combine(DataViewRowId other)
    {
        other = other.Fork();
        return Block(MixLow(other.Low), MixHigh(other.High));
    }

    private static ulong MixLow(ulong value) => BitOperations.RotateLeft(value * C1, 31) * C2;

    private static ulong MixHigh(ulong value) => BitOperations.RotateLeft(value * C2, 33) * C1;

    private DataViewRowId Block(ulong mixedLow, ulong mixedHigh)
    {
        ulong low = (BitOperations.RotateLeft(Low ^ mixedLow, 27) + High) * 5 + 0x52dce729;
        ulong high = (BitOperations.RotateLeft(High ^ mixedHigh, 31) + low) * 5 + 0x38495ab5;
        return new DataViewRowId(low, high);
    }
}
