using System.Text.Json;
using System.Text.Unicode;

namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>Reads JSON objects, one on each line (JSON Lines) or all in one list.</summary>
internal sealed class JsonRowReader(string name, Stream stream) : RowReader
{
    /// <summary>The longest row that is read, in bytes.</summary>
    public const int LongestRow = JsonRowSplitter.LongestRow;

    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    private readonly JsonRowSplitter _splitter = new(stream);
    private JsonDocument? _row;

    public override string Place => $"{name}, {_splitter.Place}";

    public override IEnumerable<(string Name, ValueKinds Kind)> Fields
    {
        get
        {
            foreach (JsonProperty member in _row!.RootElement.EnumerateObject())
            {
                yield return (member.Name.Length > 0 ? member.Name : throw Wrong("a field has no name"), KindOf(member.Value.ValueKind));
            }
        }
    }

    public override bool MoveNext()
    {
        _row?.Dispose();
        _row = null;
        ReadOnlyMemory<byte>? row;
        try
        {
            row = _splitter.Next();
        }
        catch (JsonRowException error)
        {
            throw Fatal(error.Message, error);
        }
        _row = row is { } json ? Parse(json) : null;
        return _row is not null;
    }

    public override string Text(string name)
    {
        if (!_row!.RootElement.TryGetProperty(name, out JsonElement value))
        {
            return "";
        }
        try
        {
            return value.ValueKind switch
            {
                JsonValueKind.String => value.GetString()!,
                JsonValueKind.Null => "",
                _ => value.GetRawText(),
            };
        }
        catch (InvalidOperationException error)
        {
            throw Wrong("a text has half of a surrogate pair, which is not valid Unicode", error);
        }
    }

    public override void Dispose()
    {
        _row?.Dispose();
        stream.Dispose();
    }

    private JsonDocument Parse(ReadOnlyMemory<byte> json)
    {
        if (!Utf8.IsValid(json.Span))
        {
            throw Wrong("it is not UTF-8. Convert the file, for example with iconv -t UTF-8");
        }
        try
        {
            JsonDocument row = JsonDocument.Parse(json, Options);
            if (row.RootElement.ValueKind == JsonValueKind.Object)
            {
                return row;
            }
            string kind = row.RootElement.ValueKind.ToString();
            row.Dispose();
            throw Wrong($"each row must be a JSON object, but this is {kind}");
        }
        catch (JsonException error)
        {
            throw Wrong($"it is not a JSON object: {error.Message}{Hint(json.Span)}", error);
        }
        catch (InvalidOperationException error)
        {
            throw Wrong("the name of a field is not valid Unicode", error);
        }
    }

    /// <summary>What the file may be instead, guessed from its first line.</summary>
    private string Hint(ReadOnlySpan<byte> json) => _splitter.IsFirst switch
    {
        false => "",
        _ when json.TrimStart(" \t"u8)[0] != '{' => " A table with a line of column names must end in .csv or .tsv",
        _ when json.TrimEnd(" \t\r"u8)[^1] != '}' => " If objects span several lines, convert the file with jq -c .",
        _ => "",
    };

    private static ValueKinds KindOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.String => ValueKinds.Text,
        JsonValueKind.Array => ValueKinds.List,
        JsonValueKind.Object => ValueKinds.Object,
        JsonValueKind.Null => ValueKinds.None,
        _ => ValueKinds.Scalar,
    };
}
