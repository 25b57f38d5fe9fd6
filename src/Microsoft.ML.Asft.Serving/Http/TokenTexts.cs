using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Serving.Http;

/// <summary>Single tokens as text, for log-probabilities.</summary>
internal sealed class TokenTexts(Tokenizer tokenizer)
{
    public string Of(int token) => tokenizer.Decode([token]);

    /// <summary>A token of a chat completion, with the likeliest ones at its position.</summary>
    public JsonObject ChatToken(TokenLogProbability token)
    {
        var json = Entry(token);
        json["top_logprobs"] = new JsonArray([.. token.Top.Select(Entry)]);
        return json;
    }

    private JsonObject Entry(TokenLogProbability token)
    {
        string text = Of(token.TokenId);
        return new JsonObject
        {
            ["token"] = text,
            ["logprob"] = token.LogProbability,
            // A part of a character has no text, so its bytes are unknown.
            ["bytes"] = text.Contains('\uFFFD', StringComparison.Ordinal) ? null : new JsonArray([.. Encoding.UTF8.GetBytes(text).Select(b => (JsonNode)(int)b)]),
        };
    }
}
