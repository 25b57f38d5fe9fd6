using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Text;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
internal static class ChatEndpoint
{
    public static async Task AnswerAsync(ApiContext api, HttpContext http)
    {
        using var body = await ApiJson.ReadAsync(http.Request, api.Options.MaxBodyBytes);
        var fields = new RequestFields(body.RootElement);
        api.RequireModel(fields.Text("model"));
        var options = api.Model.Options.Generation.Copy();
        fields.ReadSampling(options, api.Options.MaxCompletionTokens);
        int samples = fields.Whole("n", 1, api.Options.Slots) ?? 1;
        bool wantsLogProbabilities = fields.Flag("logprobs") ?? false;
        int? top = fields.Whole("top_logprobs", 0, 20);
        options.TopLogProbabilities = wantsLogProbabilities ? top ?? 0 : null;
        bool isStreamed = fields.Flag("stream") ?? false;
        bool includeUsage = ReadStreamOptions(fields);
        fields.Only("response_format", value => value.ValueKind == JsonValueKind.Object
            && value.TryGetProperty("type", out var type) && RequestFields.IsText(type, "text"), "this model answers in free text.");
        fields.Only("tools", value => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0, "this model calls no tools.");
        fields.Only("tool_choice", value => RequestFields.IsText(value, "none"), "this model calls no tools.");
        var messages = ReadMessages(fields.Take("messages") ?? throw ApiException.Invalid("messages", "'messages' is missing."));
        fields.RefuseOthers();
        var prompt = api.RequireFit(Encode(api, messages), "messages");
        await new ChatAnswer(api).SendAsync(http, [new CompletionRequest(prompt, options, samples)], isStreamed, includeUsage);
    }

    public static bool ReadStreamOptions(RequestFields fields)
    {
        if (fields.Take("stream_options") is not { } options)
        {
            return false;
        }

        return options.ValueKind == JsonValueKind.Object
            ? options.TryGetProperty("include_usage", out var value) && value.ValueKind == JsonValueKind.True
            : throw ApiException.Invalid("stream_options", "'stream_options' must be an object.");
    }

    private static IReadOnlyList<int> Encode(ApiContext api, IReadOnlyList<PromptMessage> messages)
    {
        try
        {
            return api.Model.Encoder.EncodePrompt(messages);
        }
        catch (InvalidDataException error)
        {
            throw ApiException.Invalid("messages", $"These messages make no prompt for this model: {error.Message}");
        }
    }

    private static List<PromptMessage> ReadMessages(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0)
        {
            throw ApiException.Invalid("messages", "'messages' must be a list of at least one message.");
        }

        return [.. value.EnumerateArray().Select(ReadMessage)];
    }

    private static PromptMessage ReadMessage(JsonElement message, int index)
    {
        string at = $"messages[{index}]";
        if (message.ValueKind != JsonValueKind.Object
            || !message.TryGetProperty("role", out var role) || role.ValueKind != JsonValueKind.String)
        {
            throw ApiException.Invalid(at, $"'{at}' must be an object with a 'role'.");
        }

        string name = role.GetString()!;
        if (name is not ("system" or "developer" or "user" or "assistant"))
        {
            throw ApiException.Invalid($"{at}.role", $"'{at}.role' is '{name}'; it must be system, developer, user or assistant.");
        }

        return new PromptMessage(name == "developer" ? "system" : name, ReadContent(message, at));
    }

    private static string ReadContent(JsonElement message, string at)
    {
        if (!message.TryGetProperty("content", out var content))
        {
            throw ApiException.Invalid($"{at}.content", $"'{at}.content' is missing.");
        }

        return content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => string.Concat(content.EnumerateArray().Select(part => part.ValueKind == JsonValueKind.Object
                && part.TryGetProperty("type", out var type) && RequestFields.IsText(type, "text")
                && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String
                    ? text.GetString()
                    : throw ApiException.Invalid($"{at}.content", $"'{at}.content' has a part that is no text; this model takes text only."))),
            _ => throw ApiException.Invalid($"{at}.content", $"'{at}.content' must be a string or a list of text parts."),
        };
    }
}
