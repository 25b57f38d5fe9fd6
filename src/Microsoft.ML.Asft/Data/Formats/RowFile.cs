namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>A file of rows, which can be read from the beginning any number of times.</summary>
internal sealed class RowFile
{
    private static readonly string[] JsonExtensions = [".json", ".jsonl", ".ndjson", ".jsonlines"];

    private readonly Func<Stream> _open;
    private Func<RowReader>? _read;

    /// <param name="name">Its name in messages.</param>
    /// <param name="open">Opens it at its beginning, as a seekable stream.</param>
    public RowFile(string name, Func<Stream> open) => (Name, _open) = (name, open);

    /// <summary>Gets its name in messages.</summary>
    public string Name { get; }

    /// <summary>Opens a file, or for <c>-</c> standard input. Standard input is copied, because it can be read only once.</summary>
    public static RowFile For(string path)
    {
        if (path == RowFiles.StandardInput)
        {
            using Stream input = Console.OpenStandardInput();
            return new("standard input", SpooledInput.Of(input).Open);
        }
        // The readers have their own buffers.
        var options = new FileStreamOptions { BufferSize = 0, Options = FileOptions.SequentialScan };
        return new(path, () => new FileStream(path, options));
    }

    /// <summary>Whether a file's name is that of a file of rows.</summary>
    public static bool IsNamedAsRows(string path) =>
        Extension(path) is ".csv" or ".tsv" or ".parquet" || JsonExtensions.Contains(Extension(path), StringComparer.Ordinal);

    /// <summary>Opens the file to read its rows.</summary>
    /// <exception cref="InvalidDataException">It is not a file of rows.</exception>
    public RowReader Read() => (_read ??= Detect())();

    /// <summary>The extension that decides the format: the one before <c>.gz</c> or <c>.zst</c> if it is compressed.</summary>
    private static string Extension(string path)
    {
        string extension = Path.GetExtension(path).ToLowerInvariant();
        return extension is ".gz" or ".zst" ? Path.GetExtension(Path.GetFileNameWithoutExtension(path)).ToLowerInvariant() : extension;
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
        else if (FileSignature.IsZstandard(head))
        {
            open = () => new ZstandardRows(Name, _open());
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
            ".parquet" => throw new InvalidDataException(
                $"{Name} is not a Parquet file: it does not begin like one. It may be cut off, or an error page of a web server."),
            _ => throw new InvalidDataException(
                $"{Name} is not in a known format: JSON Lines, a JSON list, Parquet, or a table whose name ends in .csv or .tsv."),
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
