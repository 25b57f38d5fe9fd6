using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Asft.Tokenization.Loading;
using Microsoft.ML.Asft.Tokenization.Models;

namespace Microsoft.ML.Asft.Tests.Tokenization;

/// <summary>Writes small definition files.</summary>
internal static class TinyTokenizer
{
    /// <summary>A definition whose vocabulary is these tokens, with ids from 0 on, and whose merges are these.</summary>
    public static JsonObject Definition(string[] tokens, params string[] merges)
    {
        JsonObject vocabulary = [];
        foreach (string token in tokens)
        {
            vocabulary[token] = vocabulary.Count;
        }

        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(),
            ["normalizer"] = null,
            ["pre_tokenizer"] = null,
            ["post_processor"] = null,
            ["decoder"] = new JsonObject { ["type"] = "Fuse" },
            ["model"] = new JsonObject
            {
                ["type"] = "BPE",
                ["vocab"] = vocabulary,
                ["merges"] = new JsonArray([.. merges.Select(merge => JsonValue.Create(merge))]),
            },
        };
    }

    /// <summary>A byte-level definition with a token for each byte, whose ids are the bytes, and these merges.</summary>
    public static JsonObject ByteLevel(params string[] merges)
    {
        IEnumerable<string> bytes = Enumerable.Range(0, 256).Select(value => ByteAlphabet.CharOf((byte)value).ToString());
        IEnumerable<string> merged = merges.Select(merge => merge.Replace(" ", "", StringComparison.Ordinal));
        JsonObject definition = Definition([.. bytes, .. merged.Distinct()], merges);
        definition["pre_tokenizer"] = Step("ByteLevel", ("add_prefix_space", false), ("use_regex", true));
        definition["decoder"] = Step("ByteLevel");
        return definition;
    }

    /// <summary>A normalizer, pre-tokenizer, decoder or the like.</summary>
    public static JsonObject Step(string type, params (string Name, JsonNode? Value)[] settings)
    {
        JsonObject step = new() { ["type"] = type };
        foreach ((string name, JsonNode? value) in settings)
        {
            step[name] = value;
        }

        return step;
    }

    public static JsonObject AddedToken(int id, string content, params string[] flags)
    {
        JsonObject token = new() { ["id"] = id, ["content"] = content };
        foreach (string flag in (string[])["special", "single_word", "lstrip", "rstrip", "normalized"])
        {
            token[flag] = flags.Contains(flag);
        }

        return token;
    }

    public static HuggingFaceTokenizer Load(JsonNode definition) => Load(definition.ToJsonString());

    public static HuggingFaceTokenizer Load(string json) =>
        new(TokenizerJson.Read("tokenizer.json", Encoding.UTF8.GetBytes(json)));

    /// <summary>The tokens of a text, as the vocabulary spells them.</summary>
    public static string Tokens(JsonNode definition, string text) =>
        string.Join('|', Load(definition).EncodeToTokens(text, out _).Select(token => token.Value));
}
