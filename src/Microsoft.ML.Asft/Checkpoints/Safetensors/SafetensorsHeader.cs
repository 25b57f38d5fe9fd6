using System.Buffers.Binary;
using System.Text.Json;

namespace Microsoft.ML.Asft.Checkpoints.Safetensors;

/// <summary>
/// The header of a safetensors file, which is fully checked: 8 bytes of length (little-endian), then a JSON object that gives
/// each tensor's <c>dtype</c>, <c>shape</c> and <c>data_offsets</c>, then the data, without gaps, up to the file's end.
/// </summary>
internal sealed class SafetensorsHeader
{
    public const int PrefixLength = 8;
    public const int MaxLength = 100_000_000;
    public const string MetadataKey = "__metadata__";
    private const int MaxDimensions = 64;

    private readonly string _file;
    private readonly long _dataStart;
    private readonly long _dataLength;

    private SafetensorsHeader(string file, long dataStart, long dataLength)
    {
        (_file, _dataStart, _dataLength) = (file, dataStart, dataLength);
    }

    /// <summary>Gets the tensors in the order of their data.</summary>
    public OrderedDictionary<string, SafetensorsEntry> Entries { get; } = [];

    public Dictionary<string, string> Metadata { get; } = [];

    /// <summary>Reads the header's length and checks it against the file's.</summary>
    /// <param name="file">The file's name, for errors.</param>
    /// <param name="prefix">The first bytes of the file, 8 of them unless it is shorter.</param>
    /// <param name="fileLength">The file's length.</param>
    public static int LengthFrom(string file, ReadOnlySpan<byte> prefix, long fileLength)
    {
        if (prefix.Length < PrefixLength)
        {
            throw Damaged(file, $"it has only {fileLength} bytes, too few for the header's length");
        }

        if (prefix.SequenceEqual("version "u8))
        {
            throw new InvalidDataException(
                $"{file}: this is a Git LFS pointer, not the file itself. Fetch the file, for instance with 'git lfs pull'.");
        }

        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxLength)
        {
            throw Damaged(file, $"it claims a header of {length} bytes, but the format allows {MaxLength}; it may not be a safetensors file");
        }

        return (long)length <= fileLength - PrefixLength
            ? (int)length
            : throw Damaged(file, $"its header of {length} bytes does not fit into the file's {fileLength}; it is truncated");
    }

    /// <summary>Reads and checks the header.</summary>
    /// <param name="file">The file's name, for errors.</param>
    /// <param name="json">The header without its length.</param>
    /// <param name="fileLength">The file's length.</param>
    public static SafetensorsHeader Parse(string file, ReadOnlyMemory<byte> json, long fileLength)
    {
        if (json.IsEmpty || json.Span[0] != (byte)'{')
        {
            throw Damaged(file, "its header does not begin with '{'");
        }

        long dataStart = PrefixLength + json.Length;
        var header = new SafetensorsHeader(file, dataStart, fileLength - dataStart);
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
            header.Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not valid UTF-16 once its escapes are resolved.
            throw Damaged(file, $"its header is not valid JSON: {e.Message.TrimEnd('.')}", e);
        }

        return header;
    }

    public static InvalidDataException Damaged(string file, string what, Exception? inner = null) =>
        new($"{file}: {what}. The file is damaged or incomplete: download or write it again.", inner);

    private void Read(JsonElement root)
    {
        var entries = new List<SafetensorsEntry>();
        foreach (var property in root.EnumerateObject())
        {
            if (property.NameEquals(MetadataKey))
            {
                ReadMetadata(property.Value);
            }
            else
            {
                entries.Add(ReadEntry(property.Name, property.Value));
            }
        }

        long end = _dataStart;
        foreach (var entry in entries.OrderBy(entry => entry.Offset).ThenBy(entry => entry.Length))
        {
            if (entry.Offset != end)
            {
                throw Malformed(entry.Name, entry.Offset < end
                    ? $"begins at byte {entry.Offset}, inside the tensor before it"
                    : $"begins at byte {entry.Offset} and leaves a gap after byte {end}");
            }

            end += entry.Length;
            Entries.Add(entry.Name, entry);
        }

        if (end != _dataStart + _dataLength)
        {
            throw Damaged(_file, $"its tensors end at byte {end}, and the file at byte {_dataStart + _dataLength}");
        }
    }

    private void ReadMetadata(JsonElement metadata)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            throw Damaged(_file, $"'{MetadataKey}' in its header is not an object");
        }

        foreach (var property in metadata.EnumerateObject())
        {
            Metadata[property.Name] = property.Value.ValueKind == JsonValueKind.String
                ? property.Value.GetString()!
                : throw Damaged(_file, $"'{MetadataKey}' in its header gives '{property.Name}' a value that is not a string");
        }
    }

    private SafetensorsEntry ReadEntry(string name, JsonElement tensor)
    {
        if (tensor.ValueKind != JsonValueKind.Object)
        {
            throw Malformed(name, "is not described by an object");
        }

        string type = Require(name, tensor, "dtype") is { ValueKind: JsonValueKind.String } dtype ? dtype.GetString()!
            : throw Malformed(name, "has a dtype that is not a string");
        int bits = SafetensorsType.BitsOf(type) ?? throw Malformed(name, $"has the dtype '{type}', which is not in the format");
        long[] shape = Numbers(name, tensor, "shape");
        if (shape.Length > MaxDimensions)
        {
            throw Malformed(name, $"has {shape.Length} dimensions, more than {MaxDimensions}");
        }

        long[] offsets = Numbers(name, tensor, "data_offsets");
        if (offsets is not [var begin, var end] || begin > end || end > _dataLength)
        {
            throw Malformed(name, $"has the data_offsets [{string.Join(", ", offsets.Take(4))}], which are not a range of "
                + $"the {_dataLength} bytes of data; the file may be truncated");
        }

        return BytesOf(shape, bits) is long bytes && bytes == end - begin
            ? new SafetensorsEntry(name, type, shape, _dataStart + begin, end - begin)
            : throw Malformed(name, $"of shape [{string.Join(", ", shape)}] and dtype {type} cannot take {end - begin} bytes");
    }

    private JsonElement Require(string name, JsonElement tensor, string key) =>
        tensor.TryGetProperty(key, out var value) ? value : throw Malformed(name, $"has no {key}");

    private long[] Numbers(string name, JsonElement tensor, string key)
    {
        var array = Require(name, tensor, key);
        if (array.ValueKind != JsonValueKind.Array)
        {
            throw Malformed(name, $"has a {key} that is not a list");
        }

        var numbers = new long[array.GetArrayLength()];
        int i = 0;
        foreach (var element in array.EnumerateArray())
        {
            if (element.ValueKind != JsonValueKind.Number || !element.TryGetInt64(out numbers[i]) || numbers[i] < 0)
            {
                throw Malformed(name, $"has a {key} with values that are not integers from 0");
            }

            i++;
        }

        return numbers;
    }

    /// <summary>The bytes of a tensor, or null if they are not an integer or overflow.</summary>
    private static long? BytesOf(long[] shape, int bits)
    {
        try
        {
            // Sizes are multiplied as if none were 0, so that [0, 2^62, 2^62] is refused too: torch's strides would overflow.
            long strides = shape.Aggregate((long)bits, (product, size) => checked(product * Math.Max(size, 1)));
            long total = shape.Contains(0) ? 0 : strides;
            return total % 8 == 0 ? total / 8 : null;
        }
        catch (OverflowException)
        {
            return null;
        }
    }

    private InvalidDataException Malformed(string tensor, string what) => Damaged(_file, $"tensor '{tensor}' in its header {what}");
}
