using Microsoft.ML.Asft.Diagnostics;

namespace Microsoft.ML.Asft.Checkpoints;

/// <summary>
/// Files that appear together: each is written under a temporary name in its own folder and flushed to disk, and only
/// <see cref="Commit"/> gives them their names. Without it they are deleted.
/// </summary>
internal sealed class StagedFiles : IDisposable
{
    private readonly List<(string Temporary, string Path)> _files = [];

    public void Write(string path, Action<FileStream> write)
    {
        using var activity = AsftActivities.Start(AsftActivities.Write, path);
        string temporary = $"{System.IO.Path.GetFullPath(path)}.{System.IO.Path.GetRandomFileName()}.tmp";

        // Writes come in large pieces; a buffer would only copy them again.
        using var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        _files.Add((temporary, path));
        write(stream);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Renames the files in the order in which they were written.</summary>
    public void Commit()
    {
        foreach (var (temporary, path) in _files)
        {
            File.Move(temporary, path, overwrite: true);
        }

        _files.Clear();
    }

    public void Dispose()
    {
        foreach (var (temporary, _) in _files)
        {
            File.Delete(temporary);
        }
    }
}
