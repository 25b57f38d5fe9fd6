using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>
/// A JSON object of a file. It returns typed values, or throws an error that names the file and the key. A key that
/// is missing and one that is <c>null</c> are equivalent.
/// </summary>
internal sealed class JsonSettings
{
    private const long MaxFileLength = 100_000_000;

    private static readonly JsonSerializerOptions Readably = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly string _prefix;

    private JsonSettings(string file, JsonObject json, string prefix = "")
    {
        (File, Json, _prefix) = (file, json, prefix);
    }

    /// <summary>Gets the file's name in errors.</summary>
    public string File { get; }

    public JsonObject Json { get; }

    public static JsonSettings Load(string path)
    {
        using var stream = System.IO.File.OpenRead(path);
        if (stream.Length > MaxFileLength)
        {
            throw new InvalidDataException(
                $"{path}: {stream.Length} bytes are too many for a file of this kind. Check that it is the right file.");
        }

        byte[] utf8 = new byte[stream.Length];
        stream.ReadExactly(utf8);
        return Parse(utf8, path);
    }

    public static JsonSettings Parse(ReadOnlySpan<byte> utf8, string file)
    {
        if (utf8.StartsWith("\uFEFF"u8))
        {
            utf8 = utf8["\uFEFF"u8.Length..];
        }

        if (!Utf8.IsValid(utf8))
        {
            throw new InvalidDataException($"{file}: it is not UTF-8 text. Correct it, or download the file again.");
        }

        try
        {
            JsonStrings.Check(utf8);
            var node = JsonNode.Parse(utf8, documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
            return node is JsonObject json
                ? new JsonSettings(file, json)
                : throw new InvalidDataException($"{file}: it is not a JSON object. Correct it, or download the file again.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InvalidDataException($"{file}: it is not valid JSON: {e.Message} Correct it, or download the file again.", e);
        }
    }

    public static string Write(JsonNode json) => json.ToJsonString(Readably);

    public static JsonSettings Of(JsonObject json, string file) => new(file, json);

    /// <summary>Other settings in the same place of the same file, as errors name it.</summary>
    public JsonSettings With(JsonObject json) => new(File, json, _prefix);

    public bool Has(string key) => Json[key] is not null;

    /// <summary>Whether a key has a value other than null, false, 0 or empty.</summary>
    public bool IsSet(string key) => Json[key] switch
    {
        null => false,
        JsonObject json => json.Count > 0,
        JsonArray array => array.Count > 0,
        { } node => node.GetValueKind() switch
        {
            JsonValueKind.False => false,
            JsonValueKind.Number => Number(key) != 0,
            JsonValueKind.String => Text(key) is not "",
            _ => true,
        },
    };

    public string? Text(string key) => Json[key] switch
    {
        null => null,
        JsonValue value when value.GetValueKind() == JsonValueKind.String => value.GetValue<string>(),
        _ => throw Malformed(key, "is not a text"),
    };

    public string RequiredText(string key) => Text(key) ?? throw Missing(key);

    public int? Integer(string key) => Json[key] is { } node ? IntegerOf(key, node) : null;

    public int RequiredInteger(string key) => Integer(key) ?? throw Missing(key);

    public double? Number(string key) => Json[key] is { } node ? NumberOf(key, node) : null;

    public double RequiredNumber(string key) => Number(key) ?? throw Missing(key);

    public bool? Flag(string key) => Json[key] switch
    {
        null => null,
        { } node => node.GetValueKind() switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw Malformed(key, "is neither true nor false"),
        },
    };

    /// <summary>Reads a list of whole numbers, or a single one as a list.</summary>
    public IReadOnlyList<int>? Integers(string key) => Json[key] switch
    {
        null => null,
        JsonArray array => [.. array.Select(node => IntegerOf(key, node))],
        { } node => [IntegerOf(key, node)],
    };

    /// <summary>Reads a list of numbers.</summary>
    public IReadOnlyList<double>? Numbers(string key) => Json[key] switch
    {
        null => null,
        JsonArray array => [.. array.Select(node => node is null ? throw Malformed(key, "is not a list of numbers") : NumberOf(key, node))],
        _ => throw Malformed(key, "is not a list of numbers"),
    };

    /// <summary>Reads a list of texts, or a single one as a list.</summary>
    public IReadOnlyList<string>? Texts(string key) => Json[key] switch
    {
        null => null,
        JsonArray array => [.. array.Select(node => node is JsonValue value && value.GetValueKind() == JsonValueKind.String
            ? value.GetValue<string>()
            : throw Malformed(key, "is not a list of texts"))],
        _ => [RequiredText(key)],
    };

    public JsonSettings? Section(string key) => Json[key] switch
    {
        null => null,
        JsonObject json => new JsonSettings(File, json, $"{_prefix}{key}."),
        _ => throw Malformed(key, "is not an object"),
    };

    public InvalidDataException Missing(string key) =>
        new($"{File}: '{_prefix}{key}' is missing. Download the file again from the model's publisher.");

    public InvalidDataException Malformed(string key, string what) =>
        new($"{File}: '{_prefix}{key}' {what}. Correct the file, or download it again from its publisher.");

    public NotSupportedException Unsupported(string key, string what, string advice = "Use a model without it.") =>
        new($"{File}: '{_prefix}{key}' {what}. {advice}");

    private int IntegerOf(string key, JsonNode? node) => node is JsonValue value && value.TryGetValue(out int number)
        ? number
        : throw Malformed(key, $"is not a whole number of at most {int.MaxValue}");

    private double NumberOf(string key, JsonNode node) =>
        node.GetValueKind() == JsonValueKind.Number && node.AsValue().TryGetValue(out double number) && double.IsFinite(number)
            ? number
            : throw Malformed(key, "is not a finite number");
}
