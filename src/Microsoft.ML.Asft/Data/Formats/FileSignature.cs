namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>Recognises a file's format by its first bytes.</summary>
internal static class FileSignature
{
    /// <summary>The number of bytes that are examined.</summary>
    public const int Length = 512;

    // Formats that people give by mistake, and how to convert them.
    private static readonly (byte[] Bytes, string Advice)[] Others =
    [
        ("BZh"u8.ToArray(), "is compressed by bzip2; unpack it with bunzip2"),
        ([0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z'], "is compressed by xz; unpack it with unxz"),
        ([(byte)'P', (byte)'K', 3, 4], "is a zip file (or a spreadsheet); unpack it, or save the spreadsheet as CSV"),
        ([(byte)'7', (byte)'z', 0xBC], "is a 7z file; unpack it"),
        ("ARROW1"u8.ToArray(), "is an Arrow file, which save_to_disk of datasets writes; write it with to_parquet or to_json instead"),
        ("SQLite format 3"u8.ToArray(), "is an SQLite database; export the table as CSV"),
        ("%PDF"u8.ToArray(), "is a PDF document"),
        ("GGUF"u8.ToArray(), "is a model in GGUF, not data"),
        ("{\\rtf"u8.ToArray(), "is a document in RTF; save it as text"),
        ([0xD0, 0xCF, 0x11, 0xE0], "is an old Office document; save the spreadsheet as CSV"),
        ([0xFF, 0xFE], "is UTF-16. Convert it with iconv -f UTF-16 -t UTF-8"),
        ([0xFE, 0xFF], "is UTF-16. Convert it with iconv -f UTF-16 -t UTF-8"),
    ];

    public static bool IsGzip(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]);

    public static bool IsZstandard(ReadOnlySpan<byte> head) => head.StartsWith((ReadOnlySpan<byte>)[0x28, 0xB5, 0x2F, 0xFD]);

    public static bool IsParquet(ReadOnlySpan<byte> head) => head.StartsWith("PAR1"u8);

    /// <summary>Whether it begins like JSON objects, or a list of them.</summary>
    public static bool IsJson(ReadOnlySpan<byte> head) =>
        (head.StartsWith("\uFEFF"u8) ? head[3..] : head).TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];

    /// <summary>Whether it is only white space.</summary>
    public static bool IsBlank(ReadOnlySpan<byte> head) => !(head.StartsWith("\uFEFF"u8) ? head[3..] : head).ContainsAnyExcept(" \t\r\n"u8);

    /// <summary>Describes a file that holds no rows; null if its format is unknown.</summary>
    public static string? AdviceOn(ReadOnlySpan<byte> head)
    {
        foreach ((byte[] bytes, string advice) in Others)
        {
            if (head.StartsWith(bytes))
            {
                return advice;
            }
        }
        return head is [_, _, _, _, _, _, 0, 0, (byte)'{', ..] ? "is a safetensors file: a model's weights, not data" : null;
    }
}
