using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Text;

/// <summary>Reads conversations as they stand in data sets.</summary>
internal static class PromptMessageReader
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    public static IReadOnlyList<PromptMessage> Read(string json)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: Options) is JsonArray list
                ? [.. list.Select(Message)]
                : throw new InvalidDataException("it is not a list of messages, [{\"role\": …, \"content\": …}, …]");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The second is what text that is not valid Unicode is answered with.
            throw new InvalidDataException($"it is not a list of messages in JSON ({error.Message.TrimEnd('.')})", error);
        }
    }

    private static PromptMessage Message(JsonNode? node, int index)
    {
        if (node is not JsonObject members)
        {
            throw new InvalidDataException($"message {index + 1} is not an object with a role and a content");
        }
        string role = Text(members["role"]) is { Length: > 0 } named ? named
            : throw new InvalidDataException($"message {index + 1} has no role; it needs system, user, assistant or tool");
        string? content = members["content"] switch
        {
            null => null,
            JsonArray parts => string.Concat(parts.Select(part => Part(part, index))),
            var value => Text(value) ?? throw new InvalidDataException($"the content of message {index + 1} is not text"),
        };
        JsonNode? input = members["input"];
        var fields = (JsonObject)members.DeepClone();
        fields.Remove("role");
        fields.Remove("input");
        if (content is not null || !fields.ContainsKey("content"))
        {
            fields.Remove("content");
        }
        return new PromptMessage(role, content ?? "")
        {
            Input = input is null ? null : Text(input) ?? throw new InvalidDataException($"the input of message {index + 1} is not text"),
            Fields = fields.Count > 0 ? fields : null,
        };
    }

    private static string Part(JsonNode? part, int index) => part is JsonObject members && Text(members["type"]) is var type
        ? type == "text" && Text(members["text"]) is { } text ? text
            : throw new InvalidDataException($"message {index + 1} has a part of type '{type}'; only text can be trained on")
        : Text(part) ?? throw new InvalidDataException($"message {index + 1} has a part that is not text");

    private static string? Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;
}
