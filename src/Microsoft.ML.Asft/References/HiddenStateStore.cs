using System.IO.MemoryMappedFiles;
using System.Text;
using Microsoft.ML.Asft.Training.Distributed;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.References;

/// <summary>Stores rows of hidden states, in memory or in a memory-mapped file that later runs can use.</summary>
internal abstract class HiddenStateStore(long rowBytes) : IDisposable
{
    /// <summary>Gets whether the store had every row when it was opened.</summary>
    public virtual bool IsComplete => false;

    /// <summary>Makes a store in memory.</summary>
    public static HiddenStateStore InMemory(long rows, long rowBytes) => new MemoryStore(rows, rowBytes);

    /// <summary>Opens the file if it holds exactly these rows, and creates a new one otherwise.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="rowBytes">The size of a row in bytes.</param>
    /// <param name="fingerprint">A hash of everything that determines the rows. A file with another hash is replaced.</param>
    /// <param name="workers">
    /// The workers that share the file. The first one writes it. The others map it if they can see it, and otherwise keep the rows in memory.
    /// </param>
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
            store = null;   // computing needs every worker, so all compute if one of them cannot read the file
        }

        return store ?? InMemory(rows, rowBytes);
    }

    /// <summary>The bytes of consecutive rows, for reading or writing.</summary>
    public Span<byte> Rows(long start, long count) => Bytes(start * rowBytes, checked((int)(count * rowBytes)));

    /// <summary>
    /// The memory to write consecutive rows to. If another worker stores the rows for this one, it is a scratch buffer whose content is not kept.
    /// </summary>
    public virtual Span<byte> WriteBuffer(long start, long count) => Rows(start, count);

    /// <summary>Marks the store as complete, after every row has been written.</summary>
    public virtual void Complete()
    {
    }

    public abstract void Dispose();

    protected abstract Span<byte> Bytes(long offset, int length);

    private sealed class MemoryStore(long rows, long rowBytes) : HiddenStateStore(rowBytes)
    {
        private readonly Tensor _memory = empty([rows * rowBytes], ScalarType.Byte).DetachFromDisposeScope();

        public override void Dispose() => _memory.Dispose();

        protected override Span<byte> Bytes(long offset, int length)
        {
            using var part = _memory.narrow(0, offset, length);     // a temporary could be collected while libtorch reads it
            return part.bytes;
        }
    }

    // The file is a header, which contains the fingerprint, and the rows. It has a temporary name until it is complete.
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
            IsComplete = HasHeader(header, length);
            if (!IsComplete)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
                // Allocate the disk space now. If the disk filled up later, writing to a mapped page would kill the process.
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

        /// <summary>Gets the current path of the file: the temporary one until the file is complete.</summary>
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

        private bool HasHeader(byte[] header, long length)
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

    // The file of the first worker. It is opened before it is filled, and read afterwards.
    private sealed unsafe class SharedStore : HiddenStateStore
    {
        private readonly long _rowBytes;
        private readonly MemoryMappedFile _file;
        private readonly MemoryMappedViewAccessor _view;
        private readonly byte* _rows;
        private byte[] _scratch = [];

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

        /// <summary>Opens the file, or returns <see langword="null"/> if this machine does not see it.</summary>
        public static SharedStore? Find(string path, long rows, long rowBytes, bool isComplete) =>
            File.Exists(path) && new FileInfo(path).Length == FileStore.HeaderLength + (rows * rowBytes)
                ? new SharedStore(path, rowBytes, isComplete) : null;

        public override Span<byte> WriteBuffer(long start, long count)
        {
            int length = checked((int)(count * _rowBytes));
            if (_scratch.Length < length)
            {
                _scratch = new byte[length];
            }

            return _scratch.AsSpan(0, length);
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
