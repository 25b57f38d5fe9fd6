using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tests.Tokenization;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Tests.Data.Examples;

/// <summary>The mask against the official trainer's counting, and against the characters themselves.</summary>
public class ExampleEncoderProperties
{
    private const int End = 1000;

    [Fact]
    public void The_mask_is_the_official_trainers_wherever_that_is_right()
    {
        // Few letters and some merges of them, so that tokens often span the border.
        HuggingFaceTokenizer tokenizer = TinyTokenizer.Load(
            TinyTokenizer.ByteLevel("a b", "b a", "ab a", "b c", "c c", "cc a", "Ġ a", "Ġ Ġ", "ab ab"));
        var encoder = new ExampleEncoder(tokenizer, PromptTemplate.Create("plain"), End);
        int stable = 0;
        Arbitrary<string> texts = Gen.Elements('a', 'b', 'c', ' ', 'é').ArrayOf().Select(letters => new string(letters)).ToArbitrary();
        Prop.ForAll(texts, texts, (prompt, letters) =>
        {
            string response = letters + "a";
            EncodedExample example = encoder.Encode([new("user", prompt), new("assistant", response)]);
            IReadOnlyList<int> whole = tokenizer.EncodeToIds(prompt + response, addSpecialTokens: false);
            IReadOnlyList<int> alone = tokenizer.EncodeToIds(prompt, addSpecialTokens: false);
            int masked = example.Labels.TakeWhile(label => label < 0).Count();

            Assert.Equal([.. whole, End], example.InputIds);
            Assert.Equal(example.InputIds[masked..], example.Labels[masked..]);
            if (whole.Take(alone.Count).SequenceEqual(alone))
            {
                stable++;
                Assert.Equal(alone.Count, masked);
            }
            // What is masked is of the prompt alone, and what comes next is not.
            Assert.StartsWith(tokenizer.Decode(example.InputIds[..masked]), prompt, StringComparison.Ordinal);
            Assert.True(tokenizer.Decode(example.InputIds[..(masked + 1)]).Length > prompt.Length);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
        Assert.InRange(stable, 100, 999);
    }

    [SharedDataTheory("tokenizers")]
    [InlineData("qwen2.5", "auto")]
    [InlineData("qwen2.5", "alpaca")]
    [InlineData("llama2", "alpaca")]
    [InlineData("llama2", "llama2")]
    [InlineData("minimind", "auto")]
    [InlineData("gpt2", "plain")]
    public void Real_rows_train_on_the_response_and_its_end(string name, string templateName)
    {
        string folder = SharedData.PathOf("tokenizers", name);
        HuggingFaceTokenizer tokenizer = HuggingFaceTokenizer.Load(folder);
        PromptTemplate template = PromptTemplate.Create(templateName, folder);
        string end = name switch { "llama2" => "</s>", "gpt2" => "<|endoftext|>", _ => "<|im_end|>" };
        var encoder = new ExampleEncoder(tokenizer, template, tokenizer.TokenToId(end));
        int stable = 0;
        foreach (string line in File.ReadLines(SharedData.PathOf("data", "gsm8k_train.jsonl")).Take(100))
        {
            JsonNode row = JsonNode.Parse(line)!;
            (string prompt, string response) = ((string)row["instruction"]!, (string)row["response"]!);
            PromptMessage[] conversation = [new("user", prompt), new("assistant", response)];
            EncodedExample example = encoder.Encode(new(conversation));
            IReadOnlyList<int> open = encoder.EncodePrompt(new(conversation[..1]));

            int[] learned = [.. example.Labels.Where(label => label >= 0)];
            Assert.Equal(tokenizer.TokenToId(end), learned[^1]);
            Assert.EndsWith(response, tokenizer.Decode(learned[..^1]).TrimEnd(), StringComparison.Ordinal);
            int masked = Array.FindIndex(example.Labels, label => label >= 0);
            if (example.InputIds.Take(open.Count).SequenceEqual(open))
            {
                stable++;
                Assert.Equal(open.Count, masked);
            }
            else
            {
                // A token such as Qwen's ":In", of "Response:" and "In", spans the border.
                Assert.Equal(open.Count - 1, masked);
            }
        }
        Assert.InRange(stable, 50, 100);
    }
}
