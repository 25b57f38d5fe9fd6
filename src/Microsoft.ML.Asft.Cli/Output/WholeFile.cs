namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>Writes a file whole or not at all: under another name in the same folder, then renamed.</summary>
internal static class WholeFile
{
    /// <summary>Writes lines of text.</summary>
    public static void Write(string path, Action<TextWriter> write) => WriteAt(path, temporary =>
    {
        using var writer = new StreamWriter(temporary) { NewLine = "\n" };
        write(writer);
    });

    /// <summary>Lets something be written that wants the name of a file.</summary>
    public static void WriteAt(string path, Action<string> write)
    {
        string temporary = $"{path}.{Path.GetRandomFileName()}.tmp";
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
            }

            write(temporary);
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
