using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints;
using Microsoft.ML.Asft.Export.Gguf;
using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tests.Text;
using Microsoft.ML.Asft.Text;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>Tokenizers of published models, judged by llama.cpp.</summary>
public sealed class TokenizerTests
{
    [SharedDataTheory("tokenizers")]
    [InlineData("gpt2")]
    [InlineData("qwen2.5")]
    [InlineData("minimind")]
    [InlineData("minimind-digits")]
    [InlineData("llama2")]
    [InlineData("llama2-metaspace-first")]
    public void Llama_cpp_gives_texts_the_same_ids(string name)
    {
        using var folder = new TemporaryFolder();
        using var llama = Export(folder.Path, name);
        List<string> wrong = [];
        int count = 0;
        foreach (JsonNode? test in GoldenTokenizer.Cases(name))
        {
            string text = test!["text"]!.GetValue<string>();
            if (test["suspect"]?.GetValue<bool>() is true)
            {
                continue;
            }

            count++;
            Check(text, GoldenTokenizer.Ids(test["ids"]!), addSpecialTokens: false);
            Check(text, GoldenTokenizer.Ids(test["ids_with_special"]!), addSpecialTokens: true);
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} of {2 * count} differ:\n{string.Join('\n', wrong.Take(60))}");

        void Check(string text, int[] expected, bool addSpecialTokens)
        {
            int[] actual = llama.Tokenize(text, addSpecialTokens);
            if (!expected.SequenceEqual(actual))
            {
                wrong.Add($"{JsonValue.Create(text).ToJsonString()}: expected {string.Join(' ', expected)}, got {string.Join(' ', actual)}");
            }
        }
    }

    // A model with this tokenizer, in a folder and as GGUF.
    private static LlamaCpp Export(string folder, string name)
    {
        string tokenizer = GoldenTokenizer.CopyTo(name, Directory.CreateDirectory(Path.Combine(folder, "tokenizer")).FullName);
        int size = HuggingFaceTokenizer.Load(tokenizer).VocabSize;
        var config = ModelConfig.Create("llama", size + 3, 32, 32, 1, 2, 2) with { TieWordEmbeddings = true, EosTokenIds = [0] };
        RandomModel.Create(config).Save(Path.Combine(folder, "model"), tokenizer);
        using var model = OurModel.Load(Path.Combine(folder, "model"));
        string file = Path.Combine(folder, "model.gguf");
        model.ExportGguf(file);
        return new LlamaCpp(file, vocabularyOnly: true);
    }

    [SharedDataTheory("tokenizers")]
    [InlineData("gpt2", "3ce83efda5659b07b1ad37ca97ca5797ea4285d9b9ab0dc679e4a720c9da7454")]
    [InlineData("qwen2.5", "e636dc30a262dcc0d8c323492e32ae2b70728f4df7dfe9737d9f920a282b8aea")]
    public void The_fixed_text_gets_the_hash_that_llama_cpp_has(string name, string hash) =>
        Assert.Equal(hash, KnownTokenizers.Hash(GoldenTokenizer.Load(name)));
}
