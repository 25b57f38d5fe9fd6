using System.Buffers.Binary;
using System.IO.Compression;

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>A gzip file, decompressed while it is read.</summary>
internal sealed class GzipRows(string name, Stream packed)
    : UnpackedRows(name, "gzip", packed, new GZipStream(packed, CompressionMode.Decompress))
{
    private const int HeaderLength = 10;

    private static readonly byte[] Magic = [0x1F, 0x8B, 8];

    protected override bool IsDamage(Exception error) => error is InvalidDataException;

    /// <summary>
    /// Whether the file ends like a gzip file, with the length of its content; GZipStream does not check it. If several files were
    /// concatenated, that length is the last one's; then only the header of a further file shows it.
    /// </summary>
    protected override bool IsWhole()
    {
        long end = Packed.Position;
        try
        {
            byte[] length = new byte[sizeof(uint)];
            Packed.Position = Math.Max(0, Packed.Length - length.Length);
            return Packed.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) == length.Length
                && (BinaryPrimitives.ReadUInt32LittleEndian(length) == (uint)ReadBytes || HasFurtherMember());
        }
        finally
        {
            Packed.Position = end;
        }
    }

    private bool HasFurtherMember()
    {
        byte[] buffer = new byte[1 << 16];
        Packed.Position = HeaderLength;
        int kept = 0;
        for (int read; (read = Packed.Read(buffer.AsSpan(kept))) > 0;)
        {
            ReadOnlySpan<byte> bytes = buffer.AsSpan(0, kept + read);
            for (int at; (at = bytes.IndexOf(Magic)) >= 0 && at + HeaderLength <= bytes.Length; bytes = bytes[(at + 1)..])
            {
                // The flags, the level and the system must be defined values.
                if ((bytes[at + 3] & 0xE0) == 0 && bytes[at + 8] is 0 or 2 or 4 && bytes[at + 9] is <= 13 or 255)
                {
                    return true;
                }
            }
            kept = Math.Min(bytes.Length, HeaderLength - 1);
            bytes[^kept..].CopyTo(buffer);
        }
        return false;
    }
}
