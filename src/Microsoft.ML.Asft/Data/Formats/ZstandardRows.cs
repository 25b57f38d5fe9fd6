using ZstdSharp;

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>A Zstandard file (RFC 8878), decompressed while it is read. Its window may have at most 128 MB, which is what <c>zstd -d</c> accepts by itself.</summary>
internal sealed class ZstandardRows(string name, Stream packed)
    : UnpackedRows(name, "Zstandard", packed, new DecompressionStream(packed))
{
    protected override bool IsDamage(Exception error) => error is ZstdException or EndOfStreamException;
}
