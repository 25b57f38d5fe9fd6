using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Export.Tests.Support;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Export.Tests;

/// <summary>ONNX folders: number formats, adapters, files and refusals.</summary>
public sealed class OnnxTests(Xunit.Abstractions.ITestOutputHelper output)
{
    private const string Prompt = "<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n";

    [Theory]
    [InlineData(OnnxType.Float32, 1e-8)]
    [InlineData(OnnxType.Float16, 1e-4)]
    public void The_base_model_answers_as_here(OnnxType type, double mostDivergence)
    {
        using var folder = new TemporaryFolder();
        using var model = OurModel.Load(OurModel.BaseFolder);
        var result = model.ExportOnnx(folder.Path, new OnnxOptions { Type = type });

        int[] ids = [.. model.Tokenizer.EncodeToIds(string.Concat(Enumerable.Repeat(Prompt, 4))).Take(64)];
        var ours = OurModel.Logits(model.Model, ids);
        var theirs = GenAI.Logits(folder.Path, ids);
        double divergence = OurModel.Divergence(ours, theirs);
        output.WriteLine($"{type}: KL {divergence:E1}, {OurModel.Difference(ours, theirs) / OurModel.Deviation(ours):E1} of a deviation");
        Assert.InRange(divergence, 0, mostDivergence);
        using var genAI = new GenAI(folder.Path);
        Assert.Equal(OurModel.GreedyUntilEnd(model.Model, ids[..32], 32), genAI.Greedy(ids[..32], 32, model.Model.EndOfSequenceTokenIds));
        Assert.Contains(result.Warnings, warning => warning.Contains("NFC", StringComparison.Ordinal));
        Assert.Equal(new FileInfo(Path.Combine(folder.Path, "model.onnx.data")).Length, result.Bytes);
    }

    [Fact]
    public void Float16_takes_half_the_bytes()
    {
        using var folder = new TemporaryFolder();
        using var model = OurModel.Load(OurModel.BaseFolder);
        long whole = model.ExportOnnx(Path.Combine(folder.Path, "32")).Bytes;
        long half = model.ExportOnnx(Path.Combine(folder.Path, "16"), new() { Type = OnnxType.Float16 }).Bytes;
        Assert.InRange((double)half / whole, 0.5, 0.51);
    }

    [Fact]
    public void Rows_of_a_batch_that_are_padded_get_the_tokens_that_they_get_alone()
    {
        using var folder = new TemporaryFolder();
        using var model = OurModel.Load(OurModel.BaseFolder);
        model.ExportOnnx(folder.Path);
        string[] prompts = [Prompt, "<|im_start|>user\nWhat is 3 + 4?<|im_end|>\n<|im_start|>assistant\n"];
        int[][] rows = [.. prompts.Select(prompt => model.Tokenizer.EncodeToIds(prompt).ToArray())];
        Assert.NotEqual(rows[0].Length, rows[1].Length);

        using var genAI = new GenAI(folder.Path);
        var together = genAI.GreedyBatch(prompts, 8);

        Assert.Equal(rows.Select(row => OurModel.Greedy(model.Model, row, 8)), together);
    }

    [Fact]
    public void An_adapter_is_merged()
    {
        using var folder = new TemporaryFolder();
        string At(string name) => Path.Combine(folder.Path, name);
        string adapter = RandomAdapter.Write(folder.Path, "llama", RandomAdapter.Plain);
        using var model = OurModel.Load(At("model"), adapter);
        using var bare = OurModel.Load(At("model"));
        model.ExportOnnx(At("onnx"));

        int[] ids = OurModel.Ids(2080);
        var ours = OurModel.Logits(model.Model, ids);
        var theirs = GenAI.Logits(At("onnx"), ids);
        double tolerance = 1e-3 * OurModel.Deviation(ours);
        Assert.InRange(OurModel.Difference(ours, theirs), 0, tolerance);
        Assert.True(OurModel.Difference(OurModel.Logits(bare.Model, ids), theirs) > 100 * tolerance);
    }

    [Fact]
    public void The_folder_names_the_tokens_that_end_a_completion_and_has_the_template_of_training()
    {
        using var folder = new TemporaryFolder();
        using var model = OurModel.Load(OurModel.BaseFolder);
        model.ExportOnnx(folder.Path);
        JsonNode Json(string file) => JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Path, file)))!;
        var config = Json("genai_config.json")["model"]!;
        Assert.Equal("[2047]", config["eos_token_id"]!.ToJsonString());
        Assert.Equal(2045, config["pad_token_id"]!.GetValue<int>());
        Assert.Equal(32_768, config["context_length"]!.GetValue<int>());
        Assert.Equal(model.Template.JinjaText, Json("tokenizer_config.json")["chat_template"]!.GetValue<string>());
        Assert.Equal(
            ["genai_config.json", "model.onnx", "model.onnx.data", "tokenizer.json", "tokenizer_config.json"],
            Directory.EnumerateFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_template_that_is_no_chat_template_is_told()
    {
        using var folder = new TemporaryFolder();
        using var model = new MLContext().Model.LoadAsft(new() { ModelPath = OurModel.BaseFolder, Template = "alpaca" });
        var result = model.ExportOnnx(folder.Path);
        Assert.Contains(result.Warnings, warning => warning.Contains("'alpaca' is not a chat template", StringComparison.Ordinal));
        Assert.DoesNotContain("chat_template", File.ReadAllText(Path.Combine(folder.Path, "tokenizer_config.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("llama", 64, true)]
    [InlineData("phi3", 64, true)]
    [InlineData("phi3", 4096, false)]
    [InlineData("llama", 8192, false)]
    public void A_completion_that_may_not_grow_beyond_the_bound_of_longrope_is_told(string family, int bound, bool isTold)
    {
        using var folder = new TemporaryFolder();
        var config = RandomModel.Configure(family) with { MaxPositionEmbeddings = 8192, RopeScaling = Family.LongRopeOf(bound, 8) };
        RandomModel.Create(config).Save(Path.Combine(folder.Path, "model"));
        using var model = OurModel.Load(Path.Combine(folder.Path, "model"));
        var warnings = model.ExportOnnx(Path.Combine(folder.Path, "onnx")).Warnings;
        Assert.Equal(isTold, warnings.Any(warning => warning.Contains($"change beyond {bound} tokens", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_number_that_float16_has_not_is_refused_and_nothing_is_left()
    {
        using var folder = new TemporaryFolder();
        var random = RandomModel.Create(RandomModel.Configure("llama"));
        random.With(weight => weight.mul(1e6), "lm_head.weight").Save(Path.Combine(folder.Path, "model"));
        using var model = OurModel.Load(Path.Combine(folder.Path, "model"));
        string onnx = Path.Combine(folder.Path, "onnx");
        var refusal = Assert.Throws<NotSupportedException>(() => model.ExportOnnx(onnx, new() { Type = OnnxType.Float16 }));
        Assert.Contains("lm_head.weight", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(onnx));
    }
}
