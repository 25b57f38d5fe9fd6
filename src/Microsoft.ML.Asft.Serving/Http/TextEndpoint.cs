using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary><c>POST /v1/completions</c>: continues texts or tokens without a template.</summary>
internal static class TextEndpoint
{
    private const int UsualTokens = 16;   // OpenAI's default

    public static async Task AnswerAsync(ApiContext api, HttpContext http)
    {
        using var body = await ApiJson.ReadAsync(http.Request, api.Options.MaxBodyBytes);
        var fields = new RequestFields(body.RootElement);
        api.RequireModel(fields.Text("model"));
        var options = api.Model.Options.Generation.Clone();
        options.MaxNewTokens = UsualTokens;
        fields.ReadSampling(options, api.Options.MaxCompletionTokens);
        int samples = fields.Whole("n", 1, api.Options.Slots) ?? 1;
        options.TopLogProbabilities = fields.Whole("logprobs", 0, 20);
        bool isStreamed = fields.Flag("stream") ?? false;
        bool includeUsage = ChatEndpoint.ReadStreamOptions(fields);
        fields.Only("echo", value => value.ValueKind == JsonValueKind.False, "the prompt is not given back.");
        fields.Only("suffix", value => RequestFields.IsText(value, ""), "this model can only continue a text at its end.");
        fields.Only("best_of", value => value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int best) && best == samples, "all completions are given back.");
        var prompts = ReadPrompts(api, fields.Require("prompt"));
        fields.RefuseOthers();
        var requests = prompts.Select(prompt => new CompletionRequest(api.RequireFit(prompt, "prompt"), options, samples)).ToArray();
        await new TextAnswer(api).SendAsync(http, requests, isStreamed, includeUsage);
    }

    // A text, texts, the tokens of one prompt, or those of several.
    private static IReadOnlyList<int>[] ReadPrompts(ApiContext api, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String)
        {
            return [Encode(api, value.GetString()!)];
        }

        JsonElement[] items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : [];
        if (items.Length == 0 || (items.Length > api.Options.Slots && items[0].ValueKind != JsonValueKind.Number))
        {
            throw ApiException.Invalid("prompt", $"'prompt' must be a string, a list of 1 to {api.Options.Slots} strings, or tokens.");
        }

        return items[0].ValueKind switch
        {
            JsonValueKind.Number => [ReadTokens(api, value)],
            JsonValueKind.Array => [.. items.Select(item => ReadTokens(api, item))],
            _ => [.. items.Select(item => item.ValueKind == JsonValueKind.String ? Encode(api, item.GetString()!) : throw ApiException.Invalid(
                "prompt", "'prompt' has an entry that is not a string."))],
        };
    }

    private static IReadOnlyList<int> ReadTokens(ApiContext api, JsonElement value)
    {
        long vocabulary = api.Model.Model.HeadWeight.shape[0];
        return value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id) && id >= 0 && id < vocabulary
                ? id
                : throw ApiException.Invalid("prompt", $"'prompt' has a token that is not a whole number from 0 to {vocabulary - 1}."))]
            : throw ApiException.Invalid("prompt", "'prompt' has an entry that is not a list of tokens.");
    }

    private static IReadOnlyList<int> Encode(ApiContext api, string text) => api.Model.Tokenizer is HuggingFaceTokenizer tokenizer
        ? tokenizer.EncodeToIds(text, addSpecialTokens: true)
        : api.Model.Tokenizer.EncodeToIds(text);
}
