using System.IO.Compression;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Reads a model file.</summary>
internal sealed class RepositoryReader : Repository
{
    private readonly ZipArchive _archive;
    private readonly Dictionary<string, ZipArchiveEntry> _entries = [];
    private readonly Dictionary<string, string> _extracted = [];
    private readonly List<Entry> _open = [];

    private RepositoryReader(ZipArchive archive, IExceptionContext ectx)
        : base(ectx)
    {
        _archive = archive;
        foreach (var entry in archive.Entries)
            _entries[Normalize(entry.FullName)] = entry;
    }

    public static RepositoryReader Open(Stream stream, IExceptionContext ectx = null)
    {
        ectx.CheckValue(stream, nameof(stream));
        try
        {
            return new RepositoryReader(new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true), ectx);
        }
        catch (InvalidDataException ex)
        {
            throw ectx.ExceptDecode(ex, "Failed to open a zip archive");
        }
    }

    public Entry OpenEntryOrNull(string name) => OpenEntryOrNull(null, name);

    public Entry OpenEntryOrNull(string dir, string name)
    {
        CheckNotDisposed();
        string path = EntryPath(dir, name);
        if (!_extracted.TryGetValue(path, out string file))
        {
            if (!_entries.TryGetValue(path, out var archived))
                return null;
            file = NewTemporaryPath();
            archived.ExtractToFile(file);
            _extracted.Add(path, file);
        }
        var entry = new Entry(this, path, File.OpenRead(file));
        _open.Add(entry);
        return entry;
    }

    protected override void Close(Entry entry)
    {
        _open.Remove(entry);
        entry.Stream.Dispose();
    }

    protected override void DisposeCore()
    {
        foreach (var entry in _open)
            entry.Stream.Dispose();
        _archive.Dispose();
    }
}
