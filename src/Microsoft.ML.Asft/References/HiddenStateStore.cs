using System.IO.MemoryMappedFiles;
using System.Text;
using Microsoft.ML.Asft.Training.Distributed;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.References;

/// <summary>Rows of hidden states, in memory or in a memory-mapped file that later runs find again.</summary>
internal abstract class HiddenStateStore(long rowBytes) : IDisposable
{
    /// <summary>Gets whether every row is there already.</summary>
    public virtual bool IsComplete => false;

    /// <summary>Makes a store in memory.</summary>
    public static HiddenStateStore InMemory(long rows, long rowBytes) => new MemoryStore(rows, rowBytes);

    /// <summary>Opens the file where it holds just these rows, and makes a new one otherwise.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="rowBytes">The bytes of each.</param>
    /// <param name="fingerprint">Of everything that the rows follow from. A file with another one is of no use.</param>
    /// <param name="workers">Who shares it: the first writes it, the others look into it where they see it, and have memory otherwise.</param>
    /// <exception cref="IOException">The disk is too full, or the file cannot be written.</exception>
    public static HiddenStateStore InFile(string path, long rows, long rowBytes, string fingerprint, IWorkerGroup workers)
    {
        var written = workers.RunOnAll(() => workers.Rank == 0 ? new FileStore(path, rows, rowBytes, fingerprint) : null);
        bool isComplete = workers.Any(written?.IsComplete == true);
        string name = workers.OfFirst(written?.Name ?? "");
        HiddenStateStore? store = written is not null ? written : SharedStore.Find(name, rows, rowBytes, isComplete);
        if (isComplete && workers.Any(store is null))
        {
            store?.Dispose();
            store = null;   // what one lacks all compute
        }

        return store ?? InMemory(rows, rowBytes);
    }

    /// <summary>The bytes of consecutive rows, to be read or written.</summary>
    public Span<byte> Rows(long start, long count) => Bytes(start * rowBytes, checked((int)(count * rowBytes)));

    /// <summary>Where consecutive rows are to be written. What another worker keeps for this one goes into memory that is used again.</summary>
    public virtual Span<byte> Target(long start, long count) => Rows(start, count);

    /// <summary>Says that every row has been written.</summary>
    public virtual void Complete()
    {
    }

    public abstract void Dispose();

    protected abstract Span<byte> Bytes(long offset, int length);

    private sealed class MemoryStore(long rows, long rowBytes) : HiddenStateStore(rowBytes)
    {
        private readonly Tensor _memory = empty([rows * rowBytes], ScalarType.Byte).DetachFromDisposeScope();

        public override void Dispose() => _memory.Dispose();

        protected override Span<byte> Bytes(long offset, int length) => _memory.narrow(0, offset, length).bytes;
    }

    // The file is a header, the fingerprint among it, and the rows. It is written under another name until it is whole.
    private sealed unsafe class FileStore : HiddenStateStore
    {
        private const string Magic = "ASFT hidden states 1\n";
        public const int HeaderLength = 4096;

        private readonly string _path;
        private readonly string _temporaryPath;
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;
        private readonly byte* _rows;

        public FileStore(string path, long rows, long rowBytes, string fingerprint)
            : base(rowBytes)
        {
            _path = path;
            _temporaryPath = $"{path}.{Guid.NewGuid():N}.tmp";
            long length = HeaderLength + (rows * rowBytes);
            byte[] header = new byte[HeaderLength];
            Encoding.ASCII.GetBytes($"{Magic}{fingerprint}\n{length}\n", header);
            IsComplete = IsOurs(header, length);
            if (!IsComplete)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
                // The space is taken now: a mapped page that finds the disk full would end the process.
                using var handle = File.OpenHandle(
                    _temporaryPath, FileMode.CreateNew, FileAccess.Write, FileShare.None, FileOptions.None, preallocationSize: length);
                RandomAccess.Write(handle, header, 0);
            }

            _file = MemoryMappedFile.CreateFromFile(Name, FileMode.Open, mapName: null, length);
            _view = _file.CreateViewAccessor(0, length);
            byte* start = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            _rows = start + HeaderLength;
        }

        public override bool IsComplete { get; }

        /// <summary>Gets the name that the file has for now.</summary>
        public string Name => IsComplete ? _path : _temporaryPath;

        public override void Complete()
        {
            _view.Flush();
            File.Move(_temporaryPath, _path, overwrite: true);
        }

        public override void Dispose()
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
            File.Delete(_temporaryPath);
        }

        protected override Span<byte> Bytes(long offset, int length) => new(_rows + offset, length);

        private bool IsOurs(byte[] header, long length)
        {
            if (!File.Exists(_path) || new FileInfo(_path).Length != length)
            {
                return false;
            }

            byte[] found = new byte[HeaderLength];
            using var handle = File.OpenHandle(_path);
            return RandomAccess.Read(handle, found, 0) == HeaderLength && found.AsSpan().SequenceEqual(header);
        }
    }

    // The file of another worker, opened before it is filled and read once it is.
    private sealed unsafe class SharedStore : HiddenStateStore
    {
        private readonly long _rowBytes;
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;
        private readonly byte* _rows;
        private byte[] _passing = [];

        private SharedStore(string path, long rowBytes, bool isComplete)
            : base(rowBytes)
        {
            (_rowBytes, IsComplete) = (rowBytes, isComplete);
            _file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, capacity: 0, MemoryMappedFileAccess.Read);
            _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
            byte* start = null;
            _view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            _rows = start + FileStore.HeaderLength;
        }

        public override bool IsComplete { get; }

        /// <summary>Opens the file, where this machine sees it.</summary>
        public static SharedStore? Find(string path, long rows, long rowBytes, bool isComplete) =>
            File.Exists(path) && new FileInfo(path).Length == FileStore.HeaderLength + (rows * rowBytes)
                ? new SharedStore(path, rowBytes, isComplete) : null;

        public override Span<byte> Target(long start, long count)
        {
            int length = checked((int)(count * _rowBytes));
            if (_passing.Length < length)
            {
                _passing = new byte[length];
            }

            return _passing.AsSpan(0, length);
        }

        public override void Dispose()
        {
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
            _view.Dispose();
            _file.Dispose();
        }

        protected override Span<byte> Bytes(long offset, int length) => new(_rows + offset, length);
    }
}
