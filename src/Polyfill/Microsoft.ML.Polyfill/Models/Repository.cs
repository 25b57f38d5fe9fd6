using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// A zip archive of named entries. An open entry is a seekable temporary file, since a stream inside a zip archive is
/// not seekable and a model may be larger than memory.
/// </summary>
internal abstract class Repository : IDisposable
{
    private bool _disposed;

    private protected Repository(IExceptionContext ectx)
    {
        ExceptionContext = ectx;
        string root = (ectx as IHostEnvironmentInternal)?.TempFilePath ?? Path.GetTempPath();
        TemporaryFolder = Directory.CreateDirectory(
            Path.Combine(Path.GetFullPath(root), $"ml_dotnet_{Path.GetFileNameWithoutExtension(Path.GetRandomFileName())}")).FullName;
    }

    public IExceptionContext ExceptionContext { get; }

    protected string TemporaryFolder { get; }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        DisposeCore();
        try
        {
            Directory.Delete(TemporaryFolder, recursive: true);
        }
        catch (IOException)
        {
            // A left-over temporary file must not hide the error that may be under way.
        }
    }

    protected abstract void DisposeCore();

    protected abstract void Close(Entry entry);

    protected string NewTemporaryPath() => Path.Combine(TemporaryFolder, Path.GetRandomFileName());

    protected void CheckNotDisposed() => ExceptionContext.Check(!_disposed);

    /// <summary>The name of an entry in the archive, with forward slashes on every system.</summary>
    protected string EntryPath(string dir, string name)
    {
        ExceptionContext.CheckParam(dir == null || !dir.Contains(".."), nameof(dir));
        ExceptionContext.CheckParam(!string.IsNullOrWhiteSpace(name) && !name.Contains(".."), nameof(name));
        ExceptionContext.CheckParam(!Path.IsPathRooted(name) && !Path.IsPathRooted(dir ?? ""), nameof(name));
        return Normalize(string.IsNullOrEmpty(dir) ? name : $"{dir}/{name}");
    }

    protected static string Normalize(string path) => path.Replace('\\', '/');

    /// <summary>An open entry. Its stream belongs to the repository.</summary>
    public sealed class Entry : IDisposable
    {
        private Repository _repository;

        internal Entry(Repository repository, string path, Stream stream)
        {
            _repository = repository;
            Path = path;
            Stream = stream;
        }

        public string Path { get; }

        public Stream Stream { get; }

        public void Dispose()
        {
            _repository?.Close(this);
            _repository = null;
        }
    }
}
