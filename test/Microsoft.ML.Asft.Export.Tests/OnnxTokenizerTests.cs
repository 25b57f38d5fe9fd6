using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tests.Tokenization;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>Tokenizers of published models, judged by ONNX Runtime GenAI: texts of the golden encodings get Hugging Face's ids.</summary>
public sealed class OnnxTokenizerTests(Xunit.Abstractions.ITestOutputHelper output)
{
    // Its functions take a text only up to a NUL.
    private static bool HasNul(string text) => text.Contains('\0', StringComparison.Ordinal);

    [SharedDataTheory("tokenizers")]
    [InlineData("gpt2")]
    [InlineData("minimind")]
    public void GenAI_gives_every_text_without_NUL_the_same_ids(string name)
    {
        var (differing, warnings) = Differing(name);
        Assert.All(differing, text => Assert.True(HasNul(text), text));
        Assert.DoesNotContain(warnings, warning => warning.StartsWith("ONNX Runtime GenAI", StringComparison.Ordinal));
    }

    [SharedDataFact("tokenizers/qwen2.5")]
    public void For_Qwen_texts_in_decomposed_form_differ_which_is_told_and_mixed_white_space()
    {
        var normalizer = GoldenTokenizer.Load("qwen2.5").Normalizer!;
        var (differing, warnings) = Differing("qwen2.5");
        Assert.Contains(differing, text => normalizer.Normalize(text) != text);
        Assert.All(differing, text => Assert.True(HasNul(text) || normalizer.Normalize(text) != text || text.Contains("\n\t\n", StringComparison.Ordinal), text));
        Assert.Contains(warnings, warning => warning.Contains("NFC", StringComparison.Ordinal));
    }

    [SharedDataFact("tokenizers/minimind-digits")]
    public void Digits_that_a_step_of_the_pre_tokenizer_splits_differ_and_that_is_told()
    {
        var (differing, warnings) = Differing("minimind-digits");
        Assert.Contains("1234", differing);
        Assert.All(differing, text => Assert.True(HasNul(text) || text.Any(char.IsNumber) || text.Contains("   ", StringComparison.Ordinal), text));
        Assert.Contains(warnings, warning => warning.Contains("the step Digits", StringComparison.Ordinal));
    }

    [SharedDataFact("tokenizers/llama2/tokenizer.json")]
    public void For_Llama_2_one_text_in_eight_differs_at_most_and_that_is_told()
    {
        var (differing, warnings) = Differing("llama2");
        Assert.InRange(differing.Length, 1, GoldenTokenizer.Cases("llama2").Count / 8);
        Assert.Contains(warnings, warning => warning.Contains("runs of spaces", StringComparison.Ordinal));
    }

    [SharedDataFact("tokenizers/llama2/tokenizer.model")]
    public void A_folder_without_tokenizer_json_is_refused()
    {
        using var folder = new TemporaryFolder();
        var refusal = Assert.Throws<NotSupportedException>(() => Export(folder.Path, target =>
        {
            File.Copy(SharedData.PathOf("tokenizers", "llama2", "tokenizer.model"), Path.Combine(target, "tokenizer.model"));
            File.WriteAllText(Path.Combine(target, "tokenizer_config.json"), """{"eos_token": "</s>"}""");
            return target;
        }));
        Assert.Contains("tokenizer.json", refusal.Message, StringComparison.Ordinal);
    }

    // The texts whose ids, with or without special tokens around them, are not Hugging Face's.
    private (string[] Differing, IReadOnlyList<string> Warnings) Differing(string name)
    {
        using var folder = new TemporaryFolder();
        var (genAI, warnings) = Export(folder.Path, target => GoldenTokenizer.CopyTo(name, target));
        using (genAI)
        {
            var cases = GoldenTokenizer.Cases(name).Where(test => test!["suspect"]?.GetValue<bool>() is not true).ToList();
            string[] texts = [.. cases.Select(test => test!["text"]!.GetValue<string>())];
            var (plain, special) = (genAI.Tokenize(texts, addSpecialTokens: false), genAI.Tokenize(texts, addSpecialTokens: true));
            string[] differing = [.. texts.Where((_, i) => !GoldenTokenizer.Ids(cases[i]!["ids"]!).SequenceEqual(plain[i])
                || !GoldenTokenizer.Ids(cases[i]!["ids_with_special"]!).SequenceEqual(special[i]))];
            output.WriteLine($"{name}: {differing.Length} of {texts.Length} texts differ");
            return (differing, warnings);
        }
    }

    // A model with this tokenizer, in a folder and as ONNX; rows of the embedding that no token has.
    private static (GenAI GenAI, IReadOnlyList<string> Warnings) Export(string folder, Func<string, string> copyTokenizer)
    {
        string tokenizer = copyTokenizer(Directory.CreateDirectory(Path.Combine(folder, "tokenizer")).FullName);
        int size = HuggingFaceTokenizer.Load(tokenizer).VocabSize;
        var config = ModelConfig.Create("llama", size + 3, 32, 32, 1, 2, 2) with { TieWordEmbeddings = true, EosTokenIds = [2] };
        RandomModel.Create(config).Save(Path.Combine(folder, "model"), tokenizer);
        using var model = new MLContext().Model.LoadAsft(new() { ModelPath = Path.Combine(folder, "model") });
        var result = model.ExportOnnx(Path.Combine(folder, "onnx"));
        return (new GenAI(Path.Combine(folder, "onnx")), result.Warnings);
    }
}
