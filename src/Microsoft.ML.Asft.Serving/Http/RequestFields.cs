using System.Text.Json;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>
/// The fields of a request's JSON object, or of an object within it. Each is read by name; unread fields are an error at the end.
/// </summary>
internal sealed class RequestFields
{
    // OpenAI's labels for a request. They do not affect the completion.
    private static readonly string[] Labels = ["user", "metadata", "safety_identifier", "prompt_cache_key"];

    private readonly JsonElement _object;
    private readonly string? _path;
    private readonly HashSet<string> _left;

    /// <summary>The fields of a body.</summary>
    /// <exception cref="ApiException">It is not an object.</exception>
    public RequestFields(JsonElement body)
        : this(body, null)
    {
        _left.ExceptWith(Labels);
        Only("store", value => value.ValueKind == JsonValueKind.False, "answers are not kept.");
        Only("service_tier", value => IsText(value, "auto") || IsText(value, "default"), "all requests are alike.");
        Only("parallel_tool_calls", value => value.ValueKind is JsonValueKind.True or JsonValueKind.False, "it must be true or false.");
        Only("modalities", value => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(kind => IsText(kind, "text")), "this model answers in text.");
    }

    private RequestFields(JsonElement json, string? path)
    {
        if (json.ValueKind != JsonValueKind.Object)
        {
            throw path is null ? new ApiException(400, "The body must be a JSON object.") : ApiException.Invalid(path, $"'{path}' must be an object.");
        }

        (_object, _path) = (json, path);
        _left = json.EnumerateObject().Where(field => field.Value.ValueKind != JsonValueKind.Null).Select(field => field.Name).ToHashSet();
    }

    /// <summary>The fields of a nested object.</summary>
    /// <param name="value">The object.</param>
    /// <param name="path">Its path, such as <c>messages[0]</c>.</param>
    /// <exception cref="ApiException">It is not an object.</exception>
    public static RequestFields Within(JsonElement value, string path) => new(value, path);

    /// <summary>The path of a field, for errors.</summary>
    public string PathOf(string name) => _path is null ? name : $"{_path}.{name}";

    /// <summary>A field's value; null if it is missing or null.</summary>
    public JsonElement? Take(string name)
    {
        _left.Remove(name);
        return _object.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    /// <summary>A field's value.</summary>
    /// <exception cref="ApiException">It is missing or null.</exception>
    public JsonElement Require(string name) => Take(name) ?? throw ApiException.Invalid(PathOf(name), $"'{PathOf(name)}' is missing.");

    public string? Text(string name) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw ApiException.Invalid(PathOf(name), $"'{PathOf(name)}' must be a string.");

    public bool? Flag(string name) => Take(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw ApiException.Invalid(PathOf(name), $"'{PathOf(name)}' must be true or false.");

    public int? Whole(string name, int least, int most) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= least && number <= most ? number
        : throw ApiException.Invalid(PathOf(name), $"'{PathOf(name)}' must be a whole number from {least} to {most}.");

    public long? Long(string name) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number
        : throw ApiException.Invalid(PathOf(name), $"'{PathOf(name)}' must be a whole number.");

    public double? Number(string name, double least, double most) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= most ? number
        : throw ApiException.Invalid(PathOf(name), $"'{PathOf(name)}' must be a number from {least} to {most}.");

    /// <summary>A string, or a list of them.</summary>
    public IReadOnlyList<string>? Texts(string name, int most)
    {
        if (Take(name) is not { } value)
        {
            return null;
        }

        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [value];
        return items.Length <= most && Array.TrueForAll(items, item => item.ValueKind == JsonValueKind.String)
            ? [.. items.Select(item => item.GetString()!)]
            : throw ApiException.Invalid(PathOf(name), $"'{PathOf(name)}' must be a string or a list of at most {most} strings.");
    }

    /// <summary>Throws if a field has another value than the only supported one.</summary>
    public void Only(string name, Func<JsonElement, bool> isSupported, string why)
    {
        if (Take(name) is { } value && !isSupported(value))
        {
            throw ApiException.Invalid(PathOf(name), $"'{PathOf(name)}' is not supported: {why}");
        }
    }

    /// <summary>Whether a value is a given text.</summary>
    public static bool IsText(JsonElement value, string text) => value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    /// <summary>Reads the fields of every kind of completion.</summary>
    public void ReadSampling(GenerationOptions options, int mostTokens)
    {
        options.Temperature = Number("temperature", 0, 2) ?? 1;
        options.TopP = Number("top_p", 0, 1) ?? 1;
        options.TopK = Whole("top_k", 0, int.MaxValue) ?? 0;
        options.MinP = Number("min_p", 0, 1) ?? 0;
        options.RepetitionPenalty = Number("repetition_penalty", 0.01, 100) ?? 1;
        options.PresencePenalty = Number("presence_penalty", -2, 2) ?? 0;
        options.FrequencyPenalty = Number("frequency_penalty", -2, 2) ?? 0;
        options.Seed = Long("seed");
        options.StopStrings = [.. Texts("stop", most: 4) ?? []];
        int? most = Whole("max_completion_tokens", 1, mostTokens);
        int? older = Whole("max_tokens", 1, mostTokens);
        if (most is not null && older is not null && most != older)
        {
            throw ApiException.Invalid("max_tokens", $"'max_tokens' is {older} and 'max_completion_tokens' is {most}; give one of them.");
        }

        options.MaxNewTokens = most ?? older ?? Math.Min(options.MaxNewTokens, mostTokens);
        Only("logit_bias", value => value.ValueKind == JsonValueKind.Object && !value.EnumerateObject().Any(), "leave it out.");
    }

    /// <exception cref="ApiException">There are fields that were not read.</exception>
    public void RefuseOthers()
    {
        if (_left.Count > 0)
        {
            string name = _left.Order(StringComparer.Ordinal).First();
            throw ApiException.Invalid(PathOf(name), $"Unrecognized request argument: '{PathOf(name)}'. Leave it out.", "unknown_parameter");
        }
    }
}
