using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary><c>POST /v1/chat/completions</c>.</summary>
internal static class ChatEndpoint
{
    public static async Task AnswerAsync(ApiContext api, HttpContext http)
    {
        using var body = await ApiJson.ReadAsync(http.Request, api.Options.MaxBodyBytes);
        var fields = new RequestFields(body.RootElement);
        api.RequireModel(fields.Text("model"));
        var options = api.Model.Options.Generation.Clone();
        fields.ReadSampling(options, api.Options.MaxCompletionTokens);
        int samples = fields.Whole("n", 1, api.Options.Slots) ?? 1;
        bool wantsLogProbabilities = fields.Flag("logprobs") ?? false;
        int? top = fields.Whole("top_logprobs", 0, 20);
        if (top is not null && !wantsLogProbabilities)
        {
            throw ApiException.Invalid("top_logprobs", "'top_logprobs' needs 'logprobs' to be true.");
        }

        options.TopLogProbabilities = wantsLogProbabilities ? top ?? 0 : null;
        bool isStreamed = fields.Flag("stream") ?? false;
        bool includeUsage = ReadStreamOptions(fields);
        ReadResponseFormat(fields);
        fields.Only("tools", value => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0, "this model calls no tools.");
        fields.Only("tool_choice", value => RequestFields.IsText(value, "none"), "this model calls no tools.");
        var messages = ReadMessages(fields.Require("messages"));
        fields.RefuseOthers();
        var prompt = api.RequireFit(Encode(api, messages), "messages");
        await new ChatAnswer(api).SendAsync(http, [new CompletionRequest(prompt, options, samples)], isStreamed, includeUsage);
    }

    public static bool ReadStreamOptions(RequestFields fields)
    {
        if (fields.Take("stream_options") is not { } value)
        {
            return false;
        }

        var options = RequestFields.Within(value, "stream_options");
        bool includeUsage = options.Flag("include_usage") ?? false;
        options.Only("include_obfuscation", obfuscation => obfuscation.ValueKind == JsonValueKind.False, "nothing is added to hide how long tokens are.");
        options.RefuseOthers();
        return includeUsage;
    }

    private static void ReadResponseFormat(RequestFields fields)
    {
        if (fields.Take("response_format") is { } value)
        {
            var format = RequestFields.Within(value, "response_format");
            if (!RequestFields.IsText(format.Require("type"), "text"))
            {
                throw ApiException.Invalid(format.PathOf("type"), $"'{format.PathOf("type")}' must be text: this model answers in free text.");
            }

            format.RefuseOthers();
        }
    }

    private static IReadOnlyList<int> Encode(ApiContext api, IReadOnlyList<PromptMessage> messages)
    {
        try
        {
            return api.Model.EncodePrompt(new(messages));
        }
        catch (InvalidDataException error)
        {
            throw ApiException.Invalid("messages", $"These messages cannot be rendered as a prompt of this model: {error.Message}");
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

    private static PromptMessage ReadMessage(JsonElement value, int index)
    {
        var message = RequestFields.Within(value, $"messages[{index}]");
        string role = message.Require("role") is { ValueKind: JsonValueKind.String } text ? text.GetString()!
            : throw ApiException.Invalid(message.PathOf("role"), $"'{message.PathOf("role")}' must be a string.");
        if (role is not ("system" or "developer" or "user" or "assistant"))
        {
            throw ApiException.Invalid(
                message.PathOf("role"), $"'{message.PathOf("role")}' is '{role}'; it must be system, developer, user or assistant.");
        }

        // A client may send an assistant's message back as it came, including its empty fields.
        message.Only("tool_calls", IsEmpty, "this model calls no tools.");
        message.Only("annotations", IsEmpty, "a message is text alone.");
        string content = ReadContent(message);
        message.RefuseOthers();
        return new PromptMessage(role == "developer" ? "system" : role, content);
    }

    private static bool IsEmpty(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0;

    private static string ReadContent(RequestFields message)
    {
        string at = message.PathOf("content");
        var content = message.Require("content");
        return content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array => string.Concat(content.EnumerateArray().Select((part, i) => ReadPart(part, at, $"{at}[{i}]"))),
            _ => throw ApiException.Invalid(at, $"'{at}' must be a string or a list of text parts."),
        };
    }

    private static string ReadPart(JsonElement value, string content, string at)
    {
        var part = RequestFields.Within(value, at);
        if (!RequestFields.IsText(part.Require("type"), "text"))
        {
            throw ApiException.Invalid(content, $"'{at}' is not text; this model takes only text.");
        }

        string text = part.Require("text") is { ValueKind: JsonValueKind.String } found ? found.GetString()!
            : throw ApiException.Invalid(part.PathOf("text"), $"'{part.PathOf("text")}' must be a string.");
        part.RefuseOthers();
        return text;
    }
}
