using Microsoft.Win32.SafeHandles;

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>Keeps a stream in a temporary file, so that it can be read many times. The file is deleted when the process ends.</summary>
internal sealed class SpooledInput
{
    private readonly SafeFileHandle _file;
    private readonly long _length;

    private SpooledInput(SafeFileHandle file, long length) => (_file, _length) = (file, length);

    /// <summary>Copies a stream.</summary>
    /// <exception cref="IOException">The disk is full.</exception>
    public static SpooledInput Of(Stream stream)
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        byte[] buffer = new byte[1 << 16];
        long length = 0;
        for (int read; (read = stream.Read(buffer)) > 0; length += read)
        {
            RandomAccess.Write(file, buffer.AsSpan(0, read), length);
        }
        return new(file, length);
    }

    /// <summary>Opens the copy at its beginning.</summary>
    public Stream Open() => new Reader(_file, _length);

    private sealed class Reader(SafeFileHandle file, long length) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position { get; set; }

        public override int Read(Span<byte> buffer)
        {
            int read = Position >= length ? 0 : RandomAccess.Read(file, buffer, Position);
            Position += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override long Seek(long offset, SeekOrigin origin) => Position = offset + origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => Position,
            _ => length,
        };

        public override void Flush() => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
