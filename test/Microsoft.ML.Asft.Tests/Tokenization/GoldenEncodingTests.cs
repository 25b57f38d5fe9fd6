using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Tests.Tokenization;

/// <summary>Ids and texts of Hugging Face's tokenizers library, and of SentencePiece, for real definition files.</summary>
public class GoldenEncodingTests
{
    [SharedDataTheory("tokenizers")]
    [InlineData("gpt2")]
    [InlineData("qwen2.5")]
    [InlineData("minimind")]
    [InlineData("minimind-digits")]
    [InlineData("llama2")]
    [InlineData("llama2-metaspace-first")]
    public void Encodings_and_decodings_are_those_of_the_reference(string name)
    {
        HuggingFaceTokenizer tokenizer = GoldenTokenizer.Load(name);
        List<string> wrong = [];
        foreach (JsonNode? node in GoldenTokenizer.Cases(name))
        {
            JsonObject test = node!.AsObject();
            if (test["suspect"]?.GetValue<bool>() is true)
            {
                continue;
            }

            string text = test["text"]!.GetValue<string>();
            int[] ids = GoldenTokenizer.Ids(test["ids"]!);
            int[] withSpecial = GoldenTokenizer.Ids(test["ids_with_special"]!);
            string decoded = test["decoded"]!.GetValue<string>();
            string skipped = test["decoded_skip_special"]?.GetValue<string>() ?? decoded;
            Check("ids", Joined(ids), Joined(tokenizer.EncodeToIds(text)));
            Check("ids with special tokens", Joined(withSpecial), Joined(tokenizer.EncodeToIds(text, addSpecialTokens: true)));
            Check("decoded", decoded, tokenizer.Decode(ids));
            Check("decoded without special tokens", skipped, tokenizer.Decode(withSpecial, skipSpecialTokens: true));

            void Check(string what, string expected, string actual)
            {
                if (expected != actual)
                {
                    wrong.Add($"{what} of {test["text"]!.ToJsonString()}: expected {expected}, got {actual}");
                }
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} differ:\n{string.Join('\n', wrong.Take(20))}");
    }

    [SharedDataTheory("tokenizers")]
    [InlineData("gpt2")]
    [InlineData("qwen2.5")]
    [InlineData("minimind")]
    [InlineData("minimind-digits")]
    [InlineData("llama2")]
    [InlineData("llama2-metaspace-first")]
    public void Any_ids_decode_as_in_the_reference_at_once_and_one_by_one(string name)
    {
        HuggingFaceTokenizer tokenizer = GoldenTokenizer.Load(name);
        foreach (JsonNode? node in GoldenTokenizer.Cases(name, "decode_cases"))
        {
            int[] ids = GoldenTokenizer.Ids(node!["ids"]!);
            string decoded = node["decoded"]!.GetValue<string>();
            string skipped = node["decoded_skip_special"]?.GetValue<string>() ?? decoded;
            Assert.Equal(decoded, tokenizer.Decode(ids));
            Assert.Equal(skipped, tokenizer.Decode(ids, skipSpecialTokens: true));
            Assert.Equal(decoded, Streamed(new StreamingDecoder(tokenizer), ids));
            Assert.Equal(skipped, Streamed(new StreamingDecoder(tokenizer, skipSpecialTokens: true), ids));
        }
    }

    [SharedDataTheory("tokenizers")]
    [InlineData("qwen2.5")]
    [InlineData("minimind")]
    public void Rendered_conversations_are_encoded_as_in_the_reference(string name)
    {
        HuggingFaceTokenizer tokenizer = GoldenTokenizer.Load(name);
        IEnumerable<JsonNode> all = GoldenTokenizer.Cases(name, file: "chat_golden.json").Select(test => test!);
        JsonNode[] cases = [.. all.Where(test => test["ids"] is not null)];
        Assert.NotEmpty(cases);
        Assert.All(
            cases, test => Assert.Equal(GoldenTokenizer.Ids(test["ids"]!), tokenizer.EncodeToIds(test["rendered"]!.GetValue<string>())));
    }

    [SharedDataFact("tokenizers/llama2/golden_spm.json")]
    public void A_folder_with_only_tokenizer_model_encodes_as_SentencePiece_does()
    {
        using TemporaryFolder folder = new();
        File.Copy(SharedData.PathOf("tokenizers", "llama2", "tokenizer.model"), Path.Combine(folder.Path, "tokenizer.model"));
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(folder.Path);
        foreach (JsonNode? test in GoldenTokenizer.Cases("llama2", file: "golden_spm.json"))
        {
            string text = test!["text"]!.GetValue<string>();
            int[] ids = GoldenTokenizer.Ids(test["ids"]!);
            Assert.Equal(ids, tokenizer.EncodeToIds(text));
            Assert.Equal(GoldenTokenizer.Ids(test["ids_with_special"]!), tokenizer.EncodeToIds(text, addSpecialTokens: true));
            Assert.Equal(test["decoded"]!.GetValue<string>(), tokenizer.Decode(ids));
        }
    }

    [SharedDataTheory("tokenizers")]
    [InlineData("gpt2")]
    [InlineData("qwen2.5")]
    [InlineData("llama2")]
    public void Offsets_lead_from_every_token_to_its_place_in_the_text_as_given(string name)
    {
        HuggingFaceTokenizer tokenizer = GoldenTokenizer.Load(name);
        foreach (JsonNode? test in GoldenTokenizer.Cases(name))
        {
            string text = test!["text"]!.GetValue<string>();
            IReadOnlyList<EncodedToken> tokens = tokenizer.EncodeToTokens(text, out string? normalized);
            Assert.Null(normalized);
            Assert.Equal(tokenizer.EncodeToIds(text), tokens.Select(token => token.Id));

            // Together they cover the text in order: each begins where the one before it ends, or shares its last character.
            int end = 0;
            foreach (EncodedToken token in tokens)
            {
                Assert.InRange(token.Offset.Start.Value, 0, end);
                Assert.InRange(token.Offset.End.Value, end, text.Length);
                end = token.Offset.End.Value;
            }

            Assert.Equal(text.Length, end);
        }
    }

    [SharedDataTheory("data/gsm8k_train.jsonl")]
    [Trait("Category", "perf")]
    [InlineData("gpt2")]
    [InlineData("qwen2.5")]
    [InlineData("llama2")]
    public void English_is_encoded_at_a_megabyte_a_second_or_more(string name)
    {
        HuggingFaceTokenizer tokenizer = GoldenTokenizer.Load(name);
        char[][] parts = [.. File.ReadAllText(SharedData.PathOf("data", "gsm8k_train.jsonl"))[..200_000].Chunk(10_000)];

        // Of each part the best of several rounds: the one that no other program interrupted.
        double seconds = parts.Sum(part => Enumerable.Range(0, 10).Min(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            tokenizer.EncodeToIds(part);
            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        }));
        double speed = parts.Sum(part => part.Length) / seconds / 1e6;
        Assert.True(speed >= 1, $"{speed:F2} MB/s");
    }

    private static string Joined(IEnumerable<int> ids) => string.Join(' ', ids);

    private static string Streamed(StreamingDecoder decoder, int[] ids) => string.Concat(ids.Select(decoder.Add)) + decoder.Flush();
}
