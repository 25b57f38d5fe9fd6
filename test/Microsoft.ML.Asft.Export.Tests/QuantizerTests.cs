using LLama;
using LLama.Native;
using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>llama.cpp's own quantizer on an exported file.</summary>
public sealed class QuantizerTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private const int Width = 256;  // a super-block of Q4_K has 256 numbers
    private const int AnswerLength = 16;

    private static readonly string[] Cities = ["Paris", "Rome", "Oslo", "Bern", "Riga", "Kyiv", "Lima", "Cairo", "Quito", "Seoul", "Tokyo", "Delhi"];
    private static readonly string[] Foods = ["bread", "rice", "soup", "fish", "cake", "beans"];
    private static readonly string[] Sellers = ["Anna", "Bert", "Clara", "David"];

    [Fact]
    public void Q4_K_M_of_a_trained_model_answers_as_well_as_the_model_to_within_5_points()
    {
        using var folder = new TemporaryFolder();
        string PathOf(string name) => Path.Combine(folder.Path, name);
        var config = ModelConfig.Create("qwen2", 2048, Width, 512, 2, 4, 2) with { TieWordEmbeddings = true, EosTokenIds = [2047] };
        using (var untrained = DecoderLoader.CreateRandom(config, seed: 3))
        {
            ModelTensors.Save(untrained, config, PathOf("model"), copyFrom: OurModel.BaseFolder);
        }

        var mlContext = new MLContext(seed: 1);

        // The city decides the seller and the food the price: 72 questions with 24 answers.
        var rows = Cities.SelectMany((city, c) => Foods.Select((food, f) => new Row
        {
            Instruction = $"Who sells {food} in {city}?", Response = $"{Sellers[c % Sellers.Length]}, {f + 3} coins",
        })).ToArray();
        using var model = mlContext.Transforms.AsftFineTune(new AsftOptions
        {
            ModelPath = PathOf("model"), Objective = AsftObjective.Sft, Lora = null, LearningRate = 3e-3, Epochs = 40, BatchSize = 12,
            Generation = { MaxNewTokens = AnswerLength, BatchSize = 72 },
        }).Fit(mlContext.Data.LoadFromEnumerable(rows));

        model.ExportGguf(PathOf("model.gguf"), new() { Type = GgufType.Float32 });
        NativeApi.llama_empty_call();  // loads llama.cpp, which the quantizer alone does not
        Assert.True(LLamaQuantizer.Quantize(PathOf("model.gguf"), PathOf("q4.gguf"), LLamaFtype.MOSTLY_Q4_K_M, nthread: 1));

        Assert.InRange(new FileInfo(PathOf("q4.gguf")).Length, 1, new FileInfo(PathOf("model.gguf")).Length / 4);
        using var llama = new LlamaCpp(PathOf("q4.gguf"));
        var completions = model.Complete([.. rows.Select(row => row.Instruction)]);
        double ours = rows.Zip(completions).Average(pair => pair.Second.Text.Trim() == pair.First.Response ? 100.0 : 0);
        double theirs = rows.Average(row => Answer(llama, model, row) == row.Response ? 100.0 : 0);
        output.WriteLine($"{rows[5].Instruction} {completions[5].Text}");
        output.WriteLine($"{ours:F1} % here, {theirs:F1} % as Q4_K_M");
        Assert.True(ours >= 80, $"The model learnt {ours} %.");
        Assert.InRange(theirs, ours - 5, 100);
    }

    private static string Answer(LlamaCpp llama, AsftTransformer model, Row row)
    {
        string prompt = model.Template.RenderText(new Conversation([new PromptMessage("user", row.Instruction)]), addGenerationPrompt: true);
        var answer = llama.Greedy([.. model.Tokenizer.EncodeToIds(prompt)], AnswerLength).TakeWhile(id => !model.Model.EndOfSequenceTokenIds.Contains(id));
        return model.Tokenizer.Decode(answer)!.Trim();
    }

    private sealed class Row
    {
        [ColumnName("instruction")]
        public string Instruction { get; set; } = "";

        [ColumnName("response")]
        public string Response { get; set; } = "";
    }
}
