using System.Buffers.Binary;
using System.Text;

namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>SentencePiece's precompiled character map: the replacements of some characters and short sequences.</summary>
/// <remarks>
/// The format is that of SentencePiece's normalizer: the length of a double-array trie in bytes, the trie, and the replacements,
/// each ended by a zero byte. A key's value is the offset of its replacement. All numbers are little-endian.
/// </remarks>
internal sealed class CharacterMap
{
    private readonly uint[] _units;
    private readonly byte[] _replacements;

    private CharacterMap(uint[] units, byte[] replacements)
    {
        _units = units;
        _replacements = replacements;
    }

    /// <exception cref="FormatException">The bytes are not a character map.</exception>
    public static CharacterMap Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < sizeof(uint))
        {
            throw new FormatException("is too short for a character map");
        }

        uint trieLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes);
        bytes = bytes[sizeof(uint)..];
        if (trieLength > bytes.Length || trieLength < sizeof(uint) || trieLength % sizeof(uint) != 0)
        {
            throw new FormatException("has a character map of another length than it says");
        }

        uint[] units = new uint[trieLength / sizeof(uint)];
        for (int i = 0; i < units.Length; i++)
        {
            units[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * sizeof(uint))..]);
        }

        bytes = bytes[(int)trieLength..];
        return System.Text.Unicode.Utf8.IsValid(bytes)
            ? new CharacterMap(units, bytes.ToArray())
            : throw new FormatException("has a character map whose replacements are not UTF-8");
    }

    /// <summary>The replacement for the shortest key at the beginning of a text; null if there is none.</summary>
    public string? Find(ReadOnlySpan<byte> utf8)
    {
        uint node = Offset(_units[0]);
        foreach (byte label in utf8)
        {
            node ^= label;
            if (label == 0 || node >= _units.Length || Label(_units[node]) != label)
            {
                return null;
            }

            uint unit = _units[node];
            node ^= Offset(unit);
            if (HasLeaf(unit) && node < _units.Length)
            {
                return ReplacementAt((int)(_units[node] & int.MaxValue));
            }
        }

        return null;
    }

    private string ReplacementAt(int start)
    {
        ReadOnlySpan<byte> rest = start < _replacements.Length ? _replacements.AsSpan(start) : [];
        int end = rest.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? rest : rest[..end]);
    }

    // A unit: bits 0-7 the label, 8 whether a value is below it, 9 whether the offset counts in 256s, 10-30 the offset, 31 a value.
    private static uint Label(uint unit) => unit & 0x800000FF;

    private static bool HasLeaf(uint unit) => (unit >> 8 & 1) == 1;

    private static uint Offset(uint unit) => unit >> 10 << (int)((unit & 1 << 9) >> 6);
}
