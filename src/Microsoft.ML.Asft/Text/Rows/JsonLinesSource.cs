namespace Microsoft.ML.Asft.Text;

/// <summary>Where JSON Lines come from, and can be read from the beginning as often as it takes.</summary>
/// <param name="name">What errors call it.</param>
/// <param name="open">Opens it at its beginning.</param>
internal sealed class JsonLinesSource(string name, Func<Stream> open)
{
    /// <summary>Gets what errors call it.</summary>
    public string Name => name;

    /// <summary>A file, or for <c>-</c> standard input, which is taken in at once since it comes only once.</summary>
    public static JsonLinesSource For(string path)
    {
        if (path != "-")
        {
            // The reader has a buffer of its own.
            var options = new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan };
            return new(path, () => new FileStream(path, options));
        }
        using Stream input = Console.OpenStandardInput();
        var taken = new MemoryStream();
        input.CopyTo(taken);
        return new("standard input", () => new MemoryStream(taken.GetBuffer(), 0, (int)taken.Length, writable: false));
    }

    /// <summary>Opens the source for reading its rows.</summary>
    public JsonLinesReader Read() => new(name, open());
}
