using System.IO.Compression;
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Writes a model file. Without <see cref="Commit"/> the archive stays incomplete.</summary>
internal sealed class RepositoryWriter : Repository
{
    private readonly ZipArchive _archive;
    private readonly HashSet<string> _paths = [];
    private readonly List<Entry> _open = [];

    // An entry is disposed while another is open or an exception is under way; only later is it safe to write it out.
    private readonly Queue<Entry> _closed = [];

    private RepositoryWriter(Stream stream, IExceptionContext ectx)
        : base(ectx)
        => _archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);

    public static RepositoryWriter CreateNew(Stream stream, IExceptionContext ectx = null)
    {
        ectx.CheckValue(stream, nameof(stream));
        var repository = new RepositoryWriter(stream, ectx);
        using var entry = repository.CreateEntry("TrainingInfo", "Version.txt");
        using var writer = new StreamWriter(entry.Stream, leaveOpen: true);
        writer.WriteLine(typeof(RepositoryWriter).Assembly
            .GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
        return repository;
    }

    public Entry CreateEntry(string name) => CreateEntry(null, name);

    public Entry CreateEntry(string dir, string name)
    {
        CheckNotDisposed();
        WriteClosed();
        string path = EntryPath(dir, name);
        if (!_paths.Add(path))
            throw ExceptionContext.ExceptParam(nameof(name), "Duplicate entry: '{0}'", path);
        var stream = new FileStream(NewTemporaryPath(), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None,
            bufferSize: 1 << 16, FileOptions.DeleteOnClose);
        var entry = new Entry(this, path, stream);
        _open.Add(entry);
        return entry;
    }

    /// <summary>Writes everything out and disposes the repository.</summary>
    public void Commit()
    {
        CheckNotDisposed();
        while (_open.Count > 0)
            _open[^1].Dispose();
        WriteClosed();
        Dispose();
    }

    protected override void Close(Entry entry)
    {
        _open.Remove(entry);
        _closed.Enqueue(entry);
    }

    protected override void DisposeCore()
    {
        foreach (var entry in _open.Concat(_closed))
            entry.Stream.Dispose();
        _archive.Dispose();
    }

    private void WriteClosed()
    {
        while (_closed.TryDequeue(out var entry))
        {
            using var source = entry.Stream;
            using var destination = _archive.CreateEntry(entry.Path).Open();
            source.Position = 0;
            source.CopyTo(destination);
        }
    }
}
