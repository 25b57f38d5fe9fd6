using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Export.Gguf;
using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tests.Tokenization;
using Microsoft.ML.Asft.Tokenization;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>Tokenizers of published models, judged by llama.cpp: texts of the golden encodings get Hugging Face's ids.</summary>
public sealed class TokenizerTests
{
    [SharedDataTheory("tokenizers")]
    [InlineData("gpt2")]
    [InlineData("minimind")]
    [InlineData("minimind-digits")]
    [InlineData("llama2")]
    public void Llama_cpp_gives_every_text_the_same_ids(string name)
    {
        using var folder = new TemporaryFolder();
        var (llama, _) = Export(folder.Path, target => GoldenTokenizer.CopyTo(name, target));
        using (llama)
        {
            var cases = GoldenTokenizer.Cases(name);
            Assert.NotEmpty(cases);
            Assert.Empty(Differing(llama, cases));
        }
    }

    [SharedDataFact("tokenizers/llama2/golden_spm.json")]
    public void A_folder_with_only_tokenizer_model_gets_the_ids_of_SentencePiece()
    {
        using var folder = new TemporaryFolder();
        var (llama, _) = Export(folder.Path, target =>
        {
            File.Copy(SharedData.PathOf("tokenizers", "llama2", "tokenizer.model"), Path.Combine(target, "tokenizer.model"));
            File.WriteAllText(Path.Combine(target, "tokenizer_config.json"), """{"eos_token": "</s>"}""");
            return target;
        });
        using (llama)
        {
            // A control piece that is written in a text is text for SentencePiece, and here the token.
            var cases = GoldenTokenizer.Cases("llama2", file: "golden_spm.json").Where(test => !HasControlToken(TextOf(test!)));
            Assert.Empty(Differing(llama, cases));
        }
    }

    [SharedDataFact("tokenizers/qwen2.5")]
    public void For_Qwen_only_texts_in_decomposed_form_and_the_end_token_of_others_differ_and_both_are_told()
    {
        using var folder = new TemporaryFolder();
        var (llama, warnings) = Export(folder.Path, target => GoldenTokenizer.CopyTo("qwen2.5", target));
        using (llama)
        {
            var normalizer = GoldenTokenizer.Load("qwen2.5").Normalizer!;
            string[] differing = [.. Differing(llama, GoldenTokenizer.Cases("qwen2.5"))];
            Assert.Contains(differing, text => normalizer.Normalize(text) != text);
            Assert.Contains(differing, text => text.Contains("</s>", StringComparison.Ordinal));
            Assert.All(differing, text => Assert.True(normalizer.Normalize(text) != text || text.Contains("</s>", StringComparison.Ordinal), text));
            Assert.Contains(warnings, warning => warning.Contains("NFC", StringComparison.Ordinal));
            Assert.Contains(warnings, warning => warning.Contains("</s>", StringComparison.Ordinal));
        }
    }

    [SharedDataFact("tokenizers/llama2-metaspace-first")]
    public void For_a_newer_Llama_2_file_only_spaces_at_the_beginning_and_after_control_tokens_differ_and_both_are_told()
    {
        using var folder = new TemporaryFolder();
        var (llama, warnings) = Export(folder.Path, target => GoldenTokenizer.CopyTo("llama2-metaspace-first", target));
        using (llama)
        {
            string[] differing = [.. Differing(llama, GoldenTokenizer.Cases("llama2-metaspace-first"))];
            Assert.Contains(differing, text => text.StartsWith(' '));
            Assert.Contains(differing, HasControlToken);
            Assert.All(differing, text => Assert.True(text is [' ' or '▁', ..] || HasControlToken(text), text));
            Assert.Contains(warnings, warning => warning.Contains("begins with a space", StringComparison.Ordinal));
            Assert.Contains(warnings, warning => warning.Contains("After a control token", StringComparison.Ordinal));
        }
    }

    [SharedDataTheory("tokenizers")]
    [InlineData("gpt2", "3ce83efda5659b07b1ad37ca97ca5797ea4285d9b9ab0dc679e4a720c9da7454")]
    [InlineData("qwen2.5", "e636dc30a262dcc0d8c323492e32ae2b70728f4df7dfe9737d9f920a282b8aea")]
    public void The_fixed_text_gets_the_hash_that_llama_cpp_has_for_the_published_model(string name, string hash) =>
        Assert.Equal(hash, KnownTokenizers.Hash(GoldenTokenizer.Load(name)));

    // A model with this tokenizer, in a folder and as GGUF; rows of the embedding that no token has.
    private static (LlamaCpp Llama, IReadOnlyList<string> Warnings) Export(string folder, Func<string, string> copyTokenizer)
    {
        string tokenizer = copyTokenizer(Directory.CreateDirectory(Path.Combine(folder, "tokenizer")).FullName);
        int size = HuggingFaceTokenizer.Load(tokenizer).VocabSize;
        var config = ModelConfig.Create("llama", size + 3, 32, 32, 1, 2, 2) with { TieWordEmbeddings = true, EosTokenIds = [2] };
        RandomModel.Create(config).Save(Path.Combine(folder, "model"), tokenizer);
        using var model = OurModel.Load(Path.Combine(folder, "model"));
        string file = Path.Combine(folder, "model.gguf");
        var result = model.ExportGguf(file);
        return (new LlamaCpp(file, vocabularyOnly: true), result.Warnings);
    }

    private static IEnumerable<string> Differing(LlamaCpp llama, IEnumerable<JsonNode?> cases) => cases
        .Where(test => test!["suspect"]?.GetValue<bool>() is not true)
        .Where(test => !GoldenTokenizer.Ids(test!["ids"]!).SequenceEqual(llama.Tokenize(TextOf(test), addSpecialTokens: false))
            || !GoldenTokenizer.Ids(test["ids_with_special"]!).SequenceEqual(llama.Tokenize(TextOf(test), addSpecialTokens: true)))
        .Select(test => TextOf(test!));

    private static string TextOf(JsonNode test) => test["text"]!.GetValue<string>();

    private static bool HasControlToken(string text) => new[] { "<s>", "</s>", "<unk>" }.Any(token => text.Contains(token, StringComparison.Ordinal));
}
