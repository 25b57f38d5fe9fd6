using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Generation;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>Choices of <c>/v1/completions</c>.</summary>
internal sealed class TextAnswer(ApiContext api) : CompletionAnswer(api, "cmpl")
{
    protected override string Operation => "text_completion";

    protected override string ObjectName => "text_completion";

    protected override string PieceName => "text_completion";

    protected override JsonObject Choice(int index, string text, IReadOnlyList<TokenLogProbability>? tokens, string finishReason) =>
        Piece(index, text, 0, tokens, finishReason);

    protected override JsonObject Piece(int index, string text, int offset, IReadOnlyList<TokenLogProbability>? tokens, string? finishReason) => new()
    {
        ["index"] = index,
        ["text"] = text,
        ["logprobs"] = tokens is null ? null : LogProbabilities(tokens, offset),
        ["finish_reason"] = finishReason,
    };

    private JsonObject LogProbabilities(IReadOnlyList<TokenLogProbability> tokens, int offset)
    {
        string[] texts = [.. tokens.Select(token => Api.Tokens.Of(token.TokenId))];
        var offsets = new JsonArray();
        foreach (string text in texts)
        {
            offsets.Add(offset);
            offset += text.Length;
        }

        return new JsonObject
        {
            ["tokens"] = new JsonArray([.. texts.Select(text => (JsonNode)text)]),
            ["token_logprobs"] = new JsonArray([.. tokens.Select(token => (JsonNode)token.LogProbability)]),
            ["top_logprobs"] = new JsonArray([.. tokens.Select(token => Top(token))]),
            ["text_offset"] = offsets,
        };
    }

    // Two tokens may have the same text; the likelier one is kept.
    private JsonObject Top(TokenLogProbability token)
    {
        var top = new JsonObject();
        foreach (var other in token.Top)
        {
            top.TryAdd(Api.Tokens.Of(other.TokenId), other.LogProbability);
        }

        return top;
    }
}
