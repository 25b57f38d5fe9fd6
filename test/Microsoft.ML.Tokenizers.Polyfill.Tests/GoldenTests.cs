using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Tokenizers.Tests;

public class GoldenTests
{
    private const string Gpt2Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    [SharedDataFact("tokenizers/gpt2")]
    public void Real_text_is_encoded_and_decoded_as_by_Hugging_Face()
    {
        JsonNode model = Read("tokenizer.json")["model"]!;
        Dictionary<string, int> special = new() { ["<|endoftext|>"] = 50256 };
        BpeTokenizer tokenizer = BpeTokenizer.Create(
            new BpeOptions(model["vocab"]!.AsObject().Select(token => KeyValuePair.Create(token.Key, token.Value!.GetValue<int>())))
            {
                Merges = model["merges"]!.AsArray().Select(merge => merge!.GetValue<string>()),
                ByteLevel = true,
                SpecialTokens = special,
                PreTokenizer = new RegexPreTokenizer(new Regex(Gpt2Words), special),
            });

        foreach (JsonNode? test in Read("golden.json")["cases"]!.AsArray())
        {
            string text = test!["text"]!.GetValue<string>();
            int[] ids = [.. test["ids"]!.AsArray().Select(id => id!.GetValue<int>())];
            Assert.Equal(test["decoded"]!.GetValue<string>(), tokenizer.Decode(ids));

            // A pattern of .NET does not know what the halves of a surrogate pair are.
            if (!text.Any(char.IsSurrogate))
            {
                Assert.Equal(ids, tokenizer.EncodeToIds(text));
            }
        }
    }

    private static JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(SharedData.PathOf("tokenizers", "gpt2", file)))!;
}
