namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>Writes a file atomically: under a temporary name in the same folder, which is then renamed.</summary>
internal static class AtomicFile
{
    /// <summary>Writes lines of text.</summary>
    public static T Write<T>(string path, Func<TextWriter, T> write) => WriteAt(path, temporary =>
    {
        using var writer = new StreamWriter(temporary) { NewLine = "\n" };
        return write(writer);
    });

    /// <summary>Writes with a callback that needs a file name.</summary>
    public static void WriteAt(string path, Action<string> write) => WriteAt(path, temporary =>
    {
        write(temporary);
        return true;
    });

    private static T WriteAt<T>(string path, Func<string, T> write)
    {
        string temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
            }

            var result = write(temporary);
            File.Move(temporary, path, overwrite: true);
            return result;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
