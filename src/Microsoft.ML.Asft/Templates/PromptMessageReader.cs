using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Templates;

/// <summary>Reads conversations in the formats of data sets.</summary>
internal static class PromptMessageReader
{
    private static readonly JsonDocumentOptions Options = new() { AllowDuplicateProperties = false };

    // The fields that say whether a turn is learnt: OpenAI's and two of axolotl's.
    private static readonly string[] LearnFields = ["weight", "train", "training"];

    /// <param name="json">The list of messages.</param>
    /// <param name="learn">Whether the assistant's turns without such a field are learnt.</param>
    /// <exception cref="InvalidDataException">It is not such a list; the error names the message and the problem.</exception>
    public static IReadOnlyList<PromptMessage> Read(string json, bool learn = true)
    {
        try
        {
            return JsonNode.Parse(json, documentOptions: Options) is JsonArray list
                ? [.. list.Select((node, i) => Message(node, i, learn))]
                : throw new InvalidDataException("it is not a list of messages, [{\"role\": …, \"content\": …}, …]");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The second exception is thrown for text that is not valid Unicode.
            throw new InvalidDataException($"it is not a list of messages in JSON ({error.Message.TrimEnd('.')})", error);
        }
    }

    /// <summary>Whether a text is a list of messages in JSON.</summary>
    public static bool IsList(string text)
    {
        if (!text.AsSpan().TrimStart().StartsWith('['))
        {
            return false;
        }
        try
        {
            return JsonNode.Parse(text, documentOptions: Options) is JsonArray { Count: > 0 } list
                && list.All(node => node is JsonObject message && (Text(message["role"]) ?? Text(message["from"])) is not null);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static PromptMessage Message(JsonNode? node, int index, bool learn)
    {
        if (node is not JsonObject members)
        {
            throw new InvalidDataException($"message {index + 1} is not an object with a role and a content");
        }
        var fields = (JsonObject)members.DeepClone();
        bool isShareGpt = members["from"] is not null && members["role"] is null;
        (string roleField, string contentField) = isShareGpt ? ("from", "value") : ("role", "content");
        string name = Text(members[roleField]) is { Length: > 0 } named ? named
            : throw new InvalidDataException($"message {index + 1} has no role; it needs system, user, assistant or tool");
        string role = isShareGpt ? ShareGptRole.Of(name, index) : name;
        string? content = members[contentField] switch
        {
            null => null,
            JsonArray parts => string.Concat(parts.Select(part => Part(part, index))),
            var value => Text(value) ?? throw new InvalidDataException($"the {contentField} of message {index + 1} is not text"),
        };
        JsonNode? input = members["input"];
        bool learns = (ReadLearn(fields, index, role) ?? learn) || role != "assistant";
        fields.Remove(roleField);
        fields.Remove("input");
        if (content is not null || isShareGpt || !fields.ContainsKey("content"))
        {
            fields.Remove(contentField);
        }
        if (isShareGpt && name == ShareGptRole.FunctionCall)
        {
            fields["tool_calls"] = ShareGptRole.ToolCalls(content, index);
            content = null;
        }
        return new PromptMessage(role, content ?? "")
        {
            Input = input is null ? null : Text(input) ?? throw new InvalidDataException($"the input of message {index + 1} is not text"),
            Fields = fields.Count > 0 ? fields : null,
            Learn = learns,
        };
    }

    /// <summary>Removes the fields that say whether a turn is learnt; null if there are none.</summary>
    private static bool? ReadLearn(JsonObject fields, int index, string role)
    {
        bool? learn = null;
        foreach (string name in LearnFields)
        {
            if (!fields.Remove(name, out JsonNode? value) || value is null)
            {
                continue;
            }
            bool says = value.ToJsonString() switch
            {
                "true" or "1" or "1.0" => true,
                "false" or "0" or "0.0" => false,
                var other => throw new InvalidDataException(
                    $"the '{name}' of message {index + 1} is {other}; it must be 1 or true (learn the turn) or 0 or false (do not learn it)"),
            };
            if (says && role != "assistant")
            {
                throw new InvalidDataException(
                    $"the '{name}' of message {index + 1} says to learn a turn of the role '{role}'; only the assistant's turns are learnt");
            }
            learn = learn is null || learn == says ? says : throw new InvalidDataException(
                $"message {index + 1} says both to learn it and not to: '{name}' is {value.ToJsonString()}");
        }
        foreach (string detail in (string[])["train_detail", "training_detail"])
        {
            if (fields.Remove(detail, out JsonNode? value) && value is not (null or JsonArray { Count: 0 }))
            {
                throw new InvalidDataException($"message {index + 1} has '{detail}', but a turn is learnt as a whole; remove the field");
            }
        }
        return learn;
    }

    private static string Part(JsonNode? part, int index) => part is JsonObject members && Text(members["type"]) is var type
        ? type == "text" && Text(members["text"]) is { } text ? text
            : throw new InvalidDataException($"message {index + 1} has a part of type '{type}'; only text can be trained on")
        : Text(part) ?? throw new InvalidDataException($"message {index + 1} has a part that is not text");

    private static string? Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? node.GetValue<string>() : null;
}
