using System.Buffers.Binary;
using Parquet.Meta;

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>
/// Checks that the footer and the headers of pages of a Parquet file are well-formed (Thrift's compact protocol, the structures of parquet.thrift) before
/// the library reads them. The library would loop forever if a value is cut off or has the wrong type, and would reserve whatever memory a header claims.
/// </summary>
internal ref struct ParquetThrift
{
    private const int DeepestNesting = 32;
    private const int LargestFooter = 1 << 28;
    private const int LargestPageHeader = 1 << 16;

    // The types of the fields by their numbers: a type of Thrift, a structure's name, or a list of either. Other fields are skipped.
    private static readonly Dictionary<string, string[]> Structures = new(StringComparer.Ordinal)
    {
        ["File"] = ["i32", "[Schema", "i64", "[Group", "[Pair", "binary", "[Order", "Encryption", "binary"],
        ["Schema"] = ["i32", "i32", "i32", "binary", "i32", "i32", "i32", "i32", "i32", "Logical"],
        ["Logical"] = ["Empty", "Empty", "Empty", "Empty", "Decimal", "Empty", "Time", "Time", "", "Integer", "Empty", "Empty", "Empty", "Empty", "Empty", "Byte", "Geo", "Geo"],
        ["Decimal"] = ["i32", "i32"],
        ["Time"] = ["bool", "Unit"],
        ["Unit"] = ["Empty", "Empty", "Empty"],
        ["Integer"] = ["byte", "bool"],
        ["Byte"] = ["byte"],
        ["Geo"] = ["binary", "i32"],
        ["Empty"] = [],
        ["Group"] = ["[Chunk", "i64", "i64", "[Sorting", "i64", "i64", "i16"],
        ["Sorting"] = ["i32", "bool", "bool"],
        ["Chunk"] = ["binary", "i64", "Column", "i64", "i32", "i64", "i32", "Encryption", "binary"],
        ["Column"] =
        [
            "i32", "[i32", "[binary", "i32", "i64", "i64", "i64", "[Pair", "i64", "i64", "i64", "Statistics", "[PageStatistics", "i64", "i32", "SizeStatistics",
            "GeoStatistics",
        ],
        ["Statistics"] = ["binary", "binary", "i64", "i64", "binary", "binary", "bool", "bool"],
        ["PageStatistics"] = ["i32", "i32", "i32"],
        ["SizeStatistics"] = ["i64", "[i64", "[i64"],
        ["GeoStatistics"] = ["Box", "[i32"],
        ["Box"] = ["double", "double", "double", "double", "double", "double", "double", "double"],
        ["Pair"] = ["binary", "binary"],
        ["Order"] = ["Empty"],
        ["Page"] = ["i32", "i32", "i32", "i32", "DataPage", "Empty", "DictionaryPage", "DataPageV2"],
        ["DataPage"] = ["i32", "i32", "i32", "i32", "Statistics"],
        ["DictionaryPage"] = ["i32", "i32", "bool"],
        ["DataPageV2"] = ["i32", "i32", "i32", "i32", "i32", "i32", "bool", "Statistics"],
    };

    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string _what;
    private readonly Dictionary<(string Structure, int Field), long> _numbers = [];
    private int _at;

    private ParquetThrift(ReadOnlySpan<byte> bytes, string what)
    {
        _bytes = bytes;
        _what = what;
    }

    /// <summary>Checks the footer of a file.</summary>
    /// <exception cref="InvalidDataException">It is malformed.</exception>
    /// <exception cref="NotSupportedException">The file is encrypted.</exception>
    public static void CheckFooter(Stream stream)
    {
        Span<byte> tail = stackalloc byte[8];
        stream.Seek(-Math.Min(tail.Length, stream.Length), SeekOrigin.End);
        int length = stream.ReadAtLeast(tail, tail.Length, throwOnEndOfStream: false) < tail.Length ? -1 : BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (length < 0 || length > stream.Length - 12 || length > LargestFooter || !tail[4..].SequenceEqual("PAR1"u8))
        {
            throw new InvalidDataException("it does not end like a Parquet file; it may be cut off");
        }
        byte[] bytes = new byte[length];
        stream.Seek(-length - tail.Length, SeekOrigin.End);
        stream.ReadExactly(bytes);
        stream.Position = 0;
        new ParquetThrift(bytes, "footer").Structure("File", depth: 0);
    }

    /// <summary>Checks the headers of a column's pages, and that no page claims more than its column has.</summary>
    /// <exception cref="InvalidDataException">One is malformed, or claims more.</exception>
    public static void CheckPages(Stream stream, ColumnMetaData column)
    {
        long at = column.DictionaryPageOffset is { } dictionary and > 0 ? Math.Min(dictionary, column.DataPageOffset) : column.DataPageOffset;
        long end = at + column.TotalCompressedSize;
        if (at < 0 || column.TotalCompressedSize < 0 || end > stream.Length)
        {
            throw new InvalidDataException("a column lies outside the file");
        }

        byte[] bytes = new byte[Math.Min(LargestPageHeader, end - at)];
        for (long values = 0; values < column.NumValues;)
        {
            stream.Position = at;
            int length = stream.ReadAtLeast(bytes, (int)Math.Min(bytes.Length, end - at), throwOnEndOfStream: false);
            var header = new ParquetThrift(bytes.AsSpan(0, (int)Math.Min(length, end - at)), "page header");
            header.Structure("Page", depth: 0);
            long uncompressed = header.NumberOf("Page", 2);
            long compressed = header.NumberOf("Page", 3);
            long inPage = header.NumberOf("DataPage", 1) + header.NumberOf("DataPageV2", 1);
            long entries = header.NumberOf("DictionaryPage", 1);
            long levels = header.NumberOf("DataPageV2", 5) + header.NumberOf("DataPageV2", 6);      // they are not compressed
            long inSnappy = column.Codec == CompressionCodec.SNAPPY && levels >= 0 && levels < compressed ? header.NumberAt(levels) : 0;
            at += header._at + compressed;
            values += inPage;
            if (compressed < 0 || at > end || uncompressed < 0 || uncompressed > column.TotalUncompressedSize
                || inPage < 0 || values > column.NumValues || entries < 0 || entries > uncompressed || inSnappy > uncompressed)
            {
                throw new InvalidDataException("a page claims more than its column has");
            }
        }
    }

    // A block of Snappy begins with its uncompressed length. This reads the length that far behind the header, 0 if it is not in memory.
    private readonly long NumberAt(long distance)
    {
        if (distance >= _bytes.Length - _at)
        {
            return 0;
        }

        var block = new ParquetThrift(_bytes[(_at + (int)distance)..], "block of Snappy");
        return (long)Math.Min(block.Number(), long.MaxValue);
    }

    private readonly long NumberOf(string structure, int field) => _numbers.GetValueOrDefault((structure, field));

    private void Structure(string? name, int depth)
    {
        string[] fields = name is null ? [] : Structures[name];
        int number = 0;
        while (Byte() is var header and not 0)
        {
            int delta = header >> 4;
            number = delta > 0 ? number + delta : (short)Unzigzag(Number());
            long value = Value(header & 15, number > 0 && number <= fields.Length ? fields[number - 1] : "", depth, inList: false);
            if (name is "Page" or "DataPage" or "DataPageV2" or "DictionaryPage")
            {
                _numbers[(name, number)] = value;
            }
        }
    }

    // Reads a value, and returns it if it is an integer.
    private long Value(int type, string expected, int depth, bool inList)
    {
        if (depth > DeepestNesting || (expected.Length > 0 && !Matches(type, expected)))
        {
            throw Malformed();
        }
        switch (type)
        {
            case 1 or 2:
                Skip(inList ? 1 : 0);
                break;
            case 3:
                Skip(1);
                break;
            case 4 or 5 or 6:
                return Unzigzag(Number());
            case 7:
                Skip(sizeof(double));
                break;
            case 8:
                Skip(Number());
                break;
            case 9 or 10:
                int header = Byte();
                ulong count = header >> 4 == 15 ? Number() : (ulong)(header >> 4);
                for (ulong i = 0; i < count; i++)
                {
                    Value(header & 15, expected.Length > 0 ? expected[1..] : "", depth + 1, inList: true);
                }
                break;
            case 11:
                ulong pairs = Number();
                int types = pairs > 0 ? Byte() : 0;
                for (ulong i = 0; i < pairs; i++)
                {
                    Value(types >> 4, "", depth + 1, inList: true);
                    Value(types & 15, "", depth + 1, inList: true);
                }
                break;
            case 12:
                Structure(expected.Length > 0 ? expected : null, depth + 1);
                break;
            default:
                throw Malformed();
        }
        return 0;
    }

    private static bool Matches(int type, string expected) => expected switch
    {
        "bool" => type is 1 or 2,
        "byte" => type == 3,
        "i16" => type == 4,
        "i32" => type == 5,
        "i64" => type == 6,
        "double" => type == 7,
        "binary" => type == 8,
        "Encryption" => throw new NotSupportedException("the Parquet file is encrypted; write it without encryption"),
        ['[', ..] => type == 9,
        _ => type == 12,
    };

    private byte Byte() => _at < _bytes.Length ? _bytes[_at++] : throw Malformed();

    private ulong Number()
    {
        ulong number = 0;
        for (int shift = 0; shift < 64; shift += 7)
        {
            byte part = Byte();
            number |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return number;
            }
        }
        throw Malformed();
    }

    private void Skip(ulong length) => _at = length <= (ulong)(_bytes.Length - _at) ? _at + (int)length : throw Malformed();

    private void Skip(int length) => Skip((ulong)length);

    private static long Unzigzag(ulong number) => (long)(number >> 1) ^ -(long)(number & 1);

    private readonly InvalidDataException Malformed() => new($"its {_what} is malformed");
}
