namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>Writes a file whole or not at all: under another name in the same folder, then renamed.</summary>
internal static class WholeFile
{
    /// <summary>Writes lines of text.</summary>
    public static T Write<T>(string path, Func<TextWriter, T> write) => WriteAt(path, temporary =>
    {
        using var writer = new StreamWriter(temporary) { NewLine = "\n" };
        return write(writer);
    });

    /// <summary>Lets something be written that wants the name of a file.</summary>
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
