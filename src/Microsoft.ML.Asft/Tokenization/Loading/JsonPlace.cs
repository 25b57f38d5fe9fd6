using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace Microsoft.ML.Asft.Tokenization.Loading;

/// <summary>A value of a JSON file with its path, so that errors can name the file and the path.</summary>
internal sealed class JsonPlace
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    private readonly string _file;
    private readonly JsonPlace? _parent;
    private readonly string _step;
    private readonly int _index;
    private readonly JsonElement _value;

    private JsonPlace(string file, JsonPlace? parent, string step, int index, JsonElement value)
    {
        _file = file;
        _parent = parent;
        _step = step;
        _index = index;
        _value = value;
    }

    public JsonValueKind Kind => _value.ValueKind;

    /// <summary>The member of an object. It is an error if it is missing or null.</summary>
    public JsonPlace this[string name] => TryGet(name, out JsonPlace? value) ? value : throw Malformed($"has no '{name}'");

    /// <summary>Parses a file that holds an object.</summary>
    /// <exception cref="InvalidDataException">It is not JSON, or not an object.</exception>
    public static JsonPlace Parse(string file, ReadOnlyMemory<byte> utf8)
    {
        try
        {
            if (!Utf8.IsValid(utf8.Span))
            {
                throw new InvalidDataException($"{file} is not valid UTF-8.");
            }

            utf8 = utf8.Span.StartsWith("\uFEFF"u8) ? utf8["\uFEFF"u8.Length..] : utf8;
            JsonElement value = JsonDocument.Parse(utf8, Options).RootElement;
            JsonPlace top = new(file, null, "", -1, value);
            return top.Kind == JsonValueKind.Object ? top : throw top.Malformed("should be an object");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second exception is thrown for names with half of a surrogate pair.
            throw new InvalidDataException($"{file} is not valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>Gets the member of an object; false if it is missing or null.</summary>
    public bool TryGet(string name, [NotNullWhen(true)] out JsonPlace? value)
    {
        if (Kind != JsonValueKind.Object)
        {
            throw Malformed("should be an object");
        }

        bool isThere = _value.TryGetProperty(name, out JsonElement element) && element.ValueKind != JsonValueKind.Null;
        value = isThere ? new JsonPlace(_file, this, name, -1, element) : null;
        return isThere;
    }

    public string Text()
    {
        try
        {
            return Kind == JsonValueKind.String ? _value.GetString()! : throw Malformed("should be a string");
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidDataException($"{_file}: {Shown()} is not valid Unicode.", exception);
        }
    }

    public string Text(string name, string missing = "") => TryGet(name, out JsonPlace? value) ? value.Text() : missing;

    public bool Flag(string name, bool missing = false) => !TryGet(name, out JsonPlace? value) ? missing : value.Kind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw value.Malformed("should be true or false"),
    };

    /// <summary>A whole number from 0 to <paramref name="most"/>.</summary>
    public int Number(int most) => Kind == JsonValueKind.Number && _value.TryGetInt32(out int number) && number >= 0 && number <= most
        ? number
        : throw Malformed($"should be a whole number from 0 to {most:N0}");

    public double Real() => Kind == JsonValueKind.Number && _value.TryGetDouble(out double number)
        ? number
        : throw Malformed("should be a number");

    public IEnumerable<JsonPlace> Items() => Kind == JsonValueKind.Array
        ? _value.EnumerateArray().Select((item, i) => new JsonPlace(_file, this, "", i, item))
        : throw Malformed("should be an array");

    public IEnumerable<(string Name, JsonPlace Value)> Members() => Kind == JsonValueKind.Object
        ? _value.EnumerateObject().Select(member => (member.Name, new JsonPlace(_file, this, member.Name, -1, member.Value)))
        : throw Malformed("should be an object");

    /// <summary>A sentence about the value that names the file and the path.</summary>
    public string Named(string complaint) => $"{_file}: {Shown()} {complaint}.";

    /// <summary>The exception for a wrong value.</summary>
    public InvalidDataException Malformed(string complaint) => new(Named(complaint));

    /// <summary>The exception for a value that is not supported.</summary>
    public NotSupportedException Unsupported(string what) => new($"{_file}: {Shown()} asks for {what}, which is not supported.");

    private string Shown() => _parent is null ? "the file" : $"'{Path()}'";

    private string Path()
    {
        string before = _parent?.Path() ?? "";
        return _index >= 0 ? $"{before}[{_index}]" : before.Length > 0 ? $"{before}.{_step}" : _step;
    }
}
