using Microsoft.ML.Polyfill;

namespace Microsoft.ML;

/// <summary>
/// Three Tausworthe generators and a linear congruential one, combined (GPU Gems 3, chapter 37). A seed gives the same
/// numbers on every machine, so splits and shuffles can be repeated.
/// </summary>
internal sealed class TauswortheHybrid : Random
{
    private uint _z1;
    private uint _z2;
    private uint _z3;
    private uint _z4;

    public TauswortheHybrid(uint seed)
    {
        _z1 = seed;
        _z2 = MurmurHash3.Round(_z1, _z1);
        _z3 = MurmurHash3.Round(_z2, _z1);
        _z4 = MurmurHash3.Round(_z3, _z1);
    }

    public TauswortheHybrid(Random seed)
    {
        _z1 = NextState(seed, minimum: 128);
        _z2 = NextState(seed, minimum: 128);
        _z3 = NextState(seed, minimum: 128);
        _z4 = NextState(seed, minimum: 0);
    }

    // Drops nine bits, so that the float is exact and below one.
    public override float NextSingle() => (NextUInt32() >> 9) * (1f / (1 << 23));

    public override double NextDouble() => NextUInt32() * (1.0 / (1L << 32));

    public override int Next()
    {
        uint value = NextUInt32();
        return (int)(value + (value & 0x80000000));
    }

    public override int Next(int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(maxValue);
        return (int)((ulong)NextUInt32() * (ulong)maxValue >> 32);
    }

    public override int Next(int minValue, int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        return (int)((long)(NextDouble() * ((long)maxValue - minValue)) + minValue);
    }

    public override void NextBytes(byte[] buffer)
    {
        for (int i = 0; i < buffer.Length; i++)
            buffer[i] = (byte)Next();
    }

    public int NextSigned() => (int)NextUInt32();

    protected override double Sample() => NextDouble();

    private static uint NextState(Random random, uint minimum)
    {
        while (true)
        {
            uint state = ((uint)random.Next(0x10000) << 16) | (uint)random.Next(0x10000);
            if (state >= minimum)
                return state;
        }
    }

    private static uint Tausworthe(uint z, int s1, int s2, int s3, uint mask) => ((z & mask) << s3) ^ (((z << s1) ^ z) >> s2);

    private uint NextUInt32()
    {
        _z1 = Tausworthe(_z1, 13, 19, 12, ~0x1U);
        _z2 = Tausworthe(_z2, 2, 25, 4, ~0x7U);
        _z3 = Tausworthe(_z3, 3, 11, 17, ~0xfU);
        _z4 = 1664525 * _z4 + 1013904223;
        return _z1 ^ _z2 ^ _z3 ^ _z4;
    }
}
