using System.Buffers.Binary;
using System.IO.Compression;

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>
/// A gzip file, decompressed while it is read. A file that decompresses to far more than text does is refused, because it would
/// keep the reader busy with almost no data (a decompression bomb).
/// </summary>
internal sealed class GzipRows(string name, Stream packed) : Stream
{
    /// <summary>
    /// The largest ratio of decompressed to compressed size. A file that decompresses to less than <see cref="AlwaysRead"/> is always
    /// read.
    /// </summary>
    public const long LargestRatio = 200;

    /// <summary>The bytes that are read regardless of the ratio.</summary>
    public const long AlwaysRead = 1L << 28;

    private const int HeaderLength = 10;

    private static readonly byte[] Magic = [0x1F, 0x8B, 8];

    private readonly GZipStream _stream = new(packed, CompressionMode.Decompress);
    private long _read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = _stream.Read(buffer);
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{name}: the gzip file is damaged or cut off ({error.Message.TrimEnd('.')}).", error);
        }
        _read += read;
        if (read == 0 && buffer.Length > 0 && !IsWhole())
        {
            throw new InvalidDataException($"{name}: the gzip file is cut off: it ends before its stated length. Get it again.");
        }
        return _read <= Math.Max(AlwaysRead, packed.Length * LargestRatio) ? read : throw new InvalidDataException(
            $"{name}: the gzip file unpacks to more than {LargestRatio} times its size, which text does not. If it is text, decompress it yourself.");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stream.Dispose();
        }
        base.Dispose(disposing);
    }

    /// <summary>
    /// Whether the file ends like a gzip file, with the length of its content; GZipStream does not check it. If several files were
    /// concatenated, that length is the last one's; then only the header of a further file shows it.
    /// </summary>
    private bool IsWhole()
    {
        long end = packed.Position;
        try
        {
            byte[] length = new byte[sizeof(uint)];
            packed.Position = Math.Max(0, packed.Length - length.Length);
            return packed.ReadAtLeast(length, length.Length, throwOnEndOfStream: false) == length.Length
                && (BinaryPrimitives.ReadUInt32LittleEndian(length) == (uint)_read || HasFurtherMember());
        }
        finally
        {
            packed.Position = end;
        }
    }

    private bool HasFurtherMember()
    {
        byte[] buffer = new byte[1 << 16];
        packed.Position = HeaderLength;
        int kept = 0;
        for (int read; (read = packed.Read(buffer.AsSpan(kept))) > 0;)
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
