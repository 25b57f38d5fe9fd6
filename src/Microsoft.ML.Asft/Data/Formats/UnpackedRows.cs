namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>
/// A compressed file, decompressed while it is read. A file that decompresses to far more than text does is refused, because it would
/// keep the reader busy with almost no data (a decompression bomb).
/// </summary>
/// <param name="name">The file's name in messages.</param>
/// <param name="format">The format's name in messages.</param>
/// <param name="packed">The compressed file.</param>
/// <param name="unpacked">The decompressing stream over it.</param>
internal abstract class UnpackedRows(string name, string format, Stream packed, Stream unpacked) : Stream
{
    /// <summary>
    /// The largest ratio of decompressed to compressed size. A file that decompresses to less than <see cref="AlwaysRead"/> is always
    /// read.
    /// </summary>
    public const long LargestRatio = 200;

    /// <summary>The bytes that are read regardless of the ratio.</summary>
    public const long AlwaysRead = 1L << 28;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Gets the number of bytes that have been read.</summary>
    protected long ReadBytes { get; private set; }

    /// <summary>Gets the compressed file.</summary>
    protected Stream Packed => packed;

    public override int Read(Span<byte> buffer)
    {
        int read;
        try
        {
            read = unpacked.Read(buffer);
        }
        catch (Exception error) when (IsDamage(error))
        {
            throw new InvalidDataException($"{name}: the {format} file is damaged or cut off ({error.Message.TrimEnd('.')}).", error);
        }
        ReadBytes += read;
        if (read == 0 && buffer.Length > 0 && !IsWhole())
        {
            throw new InvalidDataException($"{name}: the {format} file is cut off: it ends before its stated length. Get it again.");
        }
        return ReadBytes <= Math.Max(AlwaysRead, packed.Length * LargestRatio) ? read : throw new InvalidDataException(
            $"{name}: the {format} file unpacks to more than {LargestRatio} times its size, which text does not. If it is text, decompress it yourself.");
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Whether the decompressing stream throws this error for a damaged file.</summary>
    protected abstract bool IsDamage(Exception error);

    /// <summary>Whether the file is complete, at its end. It is called where the decompressing stream itself does not check it.</summary>
    protected virtual bool IsWhole() => true;

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            unpacked.Dispose();
            packed.Dispose();
        }
        base.Dispose(disposing);
    }
}
