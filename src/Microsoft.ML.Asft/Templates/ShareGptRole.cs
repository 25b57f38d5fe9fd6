using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Templates;

/// <summary>The roles of ShareGPT's conversations, and of later data sets in its format.</summary>
internal static class ShareGptRole
{
    /// <summary>An assistant's turn whose value is a tool call in JSON, <c>{"name": …, "arguments": …}</c>, or a list of them.</summary>
    public const string FunctionCall = "function_call";

    /// <summary>The role's name in chat templates.</summary>
    /// <exception cref="InvalidDataException">The role is unknown.</exception>
    public static string Of(string from, int index) => from switch
    {
        "human" or "user" => "user",
        "gpt" or "assistant" or "chatgpt" or "bing" or "bard" or "model" or FunctionCall => "assistant",
        "system" => "system",
        "tool" or "observation" or "function_response" => "tool",
        _ => throw new InvalidDataException(
            $"message {index + 1} is from '{from}', which is not a known role: human, gpt, system, tool, function_call, observation"),
    };

    /// <summary>The calls of a <see cref="FunctionCall"/> in the form that chat templates read.</summary>
    /// <exception cref="InvalidDataException">It is not a tool call.</exception>
    public static JsonArray ToolCalls(string? value, int index)
    {
        JsonNode? calls;
        try
        {
            calls = JsonNode.Parse(value ?? "");
        }
        catch (JsonException error)
        {
            throw NoCall(index, error);
        }
        return [.. (calls as JsonArray ?? [calls?.DeepClone()]).Select(call => call is JsonObject { Count: > 0 } && call["name"] is JsonValue
            ? new JsonObject { ["type"] = "function", ["function"] = call.DeepClone() }
            : throw NoCall(index))];
    }

    private static InvalidDataException NoCall(int index, Exception? cause = null) => new(
        $"message {index + 1} is a function_call whose value is not {{\"name\": …, \"arguments\": …}} in JSON", cause);
}
