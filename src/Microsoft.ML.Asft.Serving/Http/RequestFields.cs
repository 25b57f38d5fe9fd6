using System.Text.Json;
using Microsoft.ML.Asft.Generation;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>The fields of a request's JSON object. Each is asked for by name; what nobody asked for is refused in the end.</summary>
internal sealed class RequestFields
{
    // OpenAI's fields that change nothing in what is answered here.
    private static readonly string[] WithoutEffect =
    [
        "user", "metadata", "store", "service_tier", "parallel_tool_calls", "safety_identifier", "prompt_cache_key", "modalities",
    ];

    private readonly JsonElement _root;
    private readonly HashSet<string> _left;

    public RequestFields(JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new ApiException(400, "The body must be a JSON object.");
        }

        _root = root;
        _left = root.EnumerateObject().Where(field => field.Value.ValueKind != JsonValueKind.Null).Select(field => field.Name).ToHashSet();
        _left.ExceptWith(WithoutEffect);
    }

    /// <summary>A field's value; none where it is missing or null.</summary>
    public JsonElement? Take(string name)
    {
        _left.Remove(name);
        return _root.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }

    public string? Text(string name) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw ApiException.Invalid(name, $"'{name}' must be a string.");

    public bool? Flag(string name) => Take(name) is not { } value ? null
        : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
        : throw ApiException.Invalid(name, $"'{name}' must be true or false.");

    public int? Whole(string name, int least, int most) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= least && number <= most ? number
        : throw ApiException.Invalid(name, $"'{name}' must be a whole number from {least} to {most}.");

    public long? Long(string name) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number
        : throw ApiException.Invalid(name, $"'{name}' must be a whole number.");

    public double? Number(string name, double least, double most) => Take(name) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number >= least && number <= most ? number
        : throw ApiException.Invalid(name, $"'{name}' must be a number from {least} to {most}.");

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
            : throw ApiException.Invalid(name, $"'{name}' must be a string or a list of at most {most} strings.");
    }

    /// <summary>Refuses a field unless it has the one value that is supported.</summary>
    public void Only(string name, Func<JsonElement, bool> isSupported, string why)
    {
        if (Take(name) is { } value && !isSupported(value))
        {
            throw ApiException.Invalid(name, $"'{name}' is not supported: {why}");
        }
    }

    /// <summary>Whether a value is this very text.</summary>
    public static bool IsText(JsonElement value, string text) => value.ValueKind == JsonValueKind.String && value.ValueEquals(text);

    /// <summary>Reads what every kind of completion has.</summary>
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
        options.MaxNewTokens = Whole("max_tokens", 1, mostTokens) ?? most ?? Math.Min(options.MaxNewTokens, mostTokens);
        Only("logit_bias", value => value.ValueKind == JsonValueKind.Object && !value.EnumerateObject().Any(), "leave it out.");
    }

    /// <exception cref="ApiException">There are fields that nobody asked for.</exception>
    public void RefuseOthers()
    {
        if (_left.Count > 0)
        {
            string name = _left.Order(StringComparer.Ordinal).First();
            throw ApiException.Invalid(name, $"Unrecognized request argument: '{name}'. Leave it out.", "unknown_parameter");
        }
    }
}
