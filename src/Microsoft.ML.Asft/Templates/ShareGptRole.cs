using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Templates;

/// <summary>The roles of ShareGPT's conversations, and of the data sets that came after it.</summary>
internal static class ShareGptRole
{
    /// <summary>An assistant's turn whose value is a call of a tool in JSON, <c>{"name": …, "arguments": …}</c>, or a list of them.</summary>
    public const string FunctionCall = "function_call";

    /// <summary>The role as chat templates call it.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static string Of(string from, int index) => from switch
    {
        "human" or "user" => "user",
        "gpt" or "assistant" or "chatgpt" or "bing" or "bard" or "model" or FunctionCall => "assistant",
        "system" => "system",
        "tool" or "observation" or "function_response" => "tool",
        _ => throw new InvalidDataException(
            $"message {index + 1} is from '{from}', which is no role that is known here: human, gpt, system, tool, function_call, observation"),
    };

    /// <summary>The calls of a <see cref="FunctionCall"/> as chat templates read them.</summary>
    /// <exception cref="InvalidDataException">It is no call.</exception>
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
