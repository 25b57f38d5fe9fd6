namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>Writes a file as a whole or not at all: under a temporary name beside it, then renamed.</summary>
internal static class AtomicFile
{
    public static void WriteText(string path, string text)
    {
        string temporary = $"{Path.GetFullPath(path)}.{Path.GetRandomFileName()}.tmp";
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
