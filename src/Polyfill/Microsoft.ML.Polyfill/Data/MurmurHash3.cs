namespace Microsoft.ML.Polyfill;

/// <summary>MurmurHash3 x86 32.</summary>
internal static class MurmurHash3
{
    public static uint Hash(uint seed, params ReadOnlySpan<uint> chunks)
    {
        foreach (uint chunk in chunks)
            seed = Round(seed, chunk);
        return Finish(seed, chunks.Length * sizeof(uint));
    }

    /// <summary>
    /// The hash of the text in UTF-8, each half of a surrogate pair on its own. Where a character of several bytes begins
    /// inside a block of four, all bytes of the block are turned about with it, as ML.NET does.
    /// </summary>
    public static uint Hash(uint seed, ReadOnlySpan<char> text)
    {
        ulong pending = 0;
        int pendingBits = 0;
        int length = 0;
        foreach (uint c in text)
        {
            if (c <= 0x7F)
            {
                pending |= (ulong)c << pendingBits;
                pendingBits += 8;
            }
            else if (c <= 0x7FF)
            {
                pending |= (ulong)(0xC080 | ((c << 2) & 0x1F00) | (c & 0x3F)) << pendingBits;
                pending = ((pending & 0xFF) << 8) | (pending >> 8);
                pendingBits += 16;
            }
            else
            {
                pending |= (ulong)(0xE08080 | ((c << 4) & 0x0F0000) | ((c << 2) & 0x3F00) | (c & 0x3F)) << pendingBits;
                pending = ((pending & 0xFF) << 16) | (pending & 0xFF00) | (pending >> 16);
                pendingBits += 24;
            }
            if (pendingBits >= 32)
            {
                seed = Round(seed, (uint)pending);
                pending >>= 32;
                pendingBits -= 32;
                length += 4;
            }
        }
        length += pendingBits / 8;
        if (pendingBits > 0)
            seed ^= Scramble((uint)pending & ((1u << pendingBits) - 1));
        return Finish(seed, length);
    }

    private static uint Scramble(uint chunk) => uint.RotateLeft(chunk * 0xCC9E2D51, 15) * 0x1B873593;

    public static uint Round(uint hash, uint chunk) => uint.RotateLeft(hash ^ Scramble(chunk), 13) * 5 + 0xE6546B64;

    private static uint Finish(uint hash, int length)
    {
        hash ^= (uint)length;
        hash = (hash ^ (hash >> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >> 13)) * 0xc2b2ae35;
        return hash ^ (hash >> 16);
    }
}
