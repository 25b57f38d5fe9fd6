using System.Text;

namespace Microsoft.ML.Asft.Checkpoints;

/// <summary>Writes a file atomically: as a whole or not at all.</summary>
internal static class AtomicFile
{
    public static void Write(string path, Action<FileStream> write)
    {
        using var files = new StagedFiles();
        files.Write(path, write);
        files.Commit();
    }

    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
