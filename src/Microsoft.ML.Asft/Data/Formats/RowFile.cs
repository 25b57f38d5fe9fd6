namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>A file of rows, which can be read from the beginning as often as it takes.</summary>
internal sealed class RowFile
{
    private static readonly string[] JsonExtensions = [".json", ".jsonl", ".ndjson", ".jsonlines"];

    private readonly Func<Stream> _open;
    private Func<RowReader>? _read;

    /// <param name="name">What messages call it.</param>
    /// <param name="open">Opens it at its beginning; the stream can be sought in.</param>
    public RowFile(string name, Func<Stream> open) => (Name, _open) = (name, open);

    /// <summary>Gets what messages call it.</summary>
    public string Name { get; }

    /// <summary>A file, or for <c>-</c> standard input, which is taken in at once since it comes only once.</summary>
    public static RowFile For(string path)
    {
        if (path == RowFiles.StandardInput)
        {
            using Stream input = Console.OpenStandardInput();
            return new("standard input", SpooledInput.Of(input).Open);
        }
        // The readers have buffers of their own.
        var options = new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan };
        return new(path, () => new FileStream(path, options));
    }

    /// <summary>Says whether a file's name is one of rows.</summary>
    public static bool IsNamedAsRows(string path) =>
        Extension(path) is ".csv" or ".tsv" or ".parquet" || JsonExtensions.Contains(Extension(path), StringComparer.Ordinal);

    /// <summary>Opens the file for reading its rows.</summary>
    /// <exception cref="InvalidDataException">It is no file of rows.</exception>
    public RowReader Read() => (_read ??= Detect())();

    /// <summary>The extension that tells the format: that before <c>.gz</c>, where it is packed.</summary>
    private static string Extension(string path)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        return extension == ".gz" ? Path.GetExtension(Path.GetFileNameWithoutExtension(path)).ToLowerInvariant() : extension;
    }

    private Func<RowReader> Detect()
    {
        byte[] head = Head(_open);
        Func<Stream> open = _open;
        if (FileSignature.IsGzip(head))
        {
            open = () => new GzipRows(Name, _open());
            head = Head(open);
        }
        if (FileSignature.IsParquet(head))
        {
            Func<Stream> seekable = open == _open ? open : Unpack(open);
            return () => new ParquetRowReader(Name, seekable());
        }
        if (FileSignature.AdviceOn(head) is { } advice)
        {
            throw new InvalidDataException($"{Name} {advice}.");
        }
        string extension = Extension(Name);
        return extension switch
        {
            ".csv" => () => new CsvRowReader(Name, open(), separator: null),
            ".tsv" => () => new CsvRowReader(Name, open(), separator: '\t'),
            _ when FileSignature.IsJson(head) || FileSignature.IsBlank(head) || JsonExtensions.Contains(extension, StringComparer.Ordinal) =>
                () => new JsonRowReader(Name, open()),
            ".parquet" => throw new InvalidDataException($"{Name} is no Parquet file: it does not begin as one. It may be cut off, or a page of a web server."),
            _ => throw new InvalidDataException(
                $"{Name} is no file of rows that is known here: JSON Lines, a JSON list, Parquet, or a table whose name ends in .csv or .tsv."),
        };
    }

    private static Func<Stream> Unpack(Func<Stream> open)
    {
        using Stream packed = open();
        return SpooledInput.Of(packed).Open;
    }

    private static byte[] Head(Func<Stream> open)
    {
        using Stream stream = open();
        byte[] head = new byte[FileSignature.Length];
        return head[..stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
    }
}
