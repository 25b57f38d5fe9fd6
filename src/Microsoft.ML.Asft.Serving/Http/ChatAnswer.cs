using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Generation;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>Choices of <c>/v1/chat/completions</c>.</summary>
internal sealed class ChatAnswer(ApiContext api) : CompletionAnswer(api, "chatcmpl")
{
    protected override string Operation => "chat";

    protected override string ObjectName => "chat.completion";

    protected override string PieceName => "chat.completion.chunk";

    protected override JsonObject Choice(int index, string text, IReadOnlyList<TokenLogProbability>? tokens, string finishReason) => new()
    {
        ["index"] = index,
        ["message"] = new JsonObject { ["role"] = "assistant", ["content"] = text, ["refusal"] = null },
        ["logprobs"] = LogProbabilities(tokens),
        ["finish_reason"] = finishReason,
    };

    protected override JsonObject Opening(int index) => new()
    {
        ["index"] = index,
        ["delta"] = new JsonObject { ["role"] = "assistant", ["content"] = "" },
        ["logprobs"] = null,
        ["finish_reason"] = null,
    };

    protected override JsonObject Piece(int index, string text, int offset, IReadOnlyList<TokenLogProbability>? tokens, string? finishReason) => new()
    {
        ["index"] = index,
        ["delta"] = text.Length == 0 ? new JsonObject() : new JsonObject { ["content"] = text },
        ["logprobs"] = LogProbabilities(tokens),
        ["finish_reason"] = finishReason,
    };

    private JsonObject? LogProbabilities(IReadOnlyList<TokenLogProbability>? tokens) => tokens is null ? null : new JsonObject
    {
        ["content"] = new JsonArray([.. tokens.Select(Api.Tokens.ChatToken)]),
        ["refusal"] = null,
    };
}
