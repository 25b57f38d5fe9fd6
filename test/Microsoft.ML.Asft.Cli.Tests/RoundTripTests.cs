using System.Text.Json;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>The commands one after the other on a tiny model, as a user would run them.</summary>
public sealed class RoundTripTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private static readonly string[] Objectives = ["sft", "dft", "sft+kl", "asft"];

    [Fact]
    public async Task Init_counts_the_parameters_of_the_shape_it_was_asked_for()
    {
        var run = await ToolRun.Done(
            "init", "--arch", "llama", "--hidden-size", "32", "--layers", "3", "--heads", "4", "--kv-heads", "2",
            "--intermediate-size", "48", "--vocab-size", "300", "--tokenizer", tiny.Tokenizer, "--output", tiny.At("llama"), "--json");

        const long Attention = (32 * 32 * 2) + (32 * 16 * 2);
        const long Layer = Attention + (3 * 32 * 48) + (2 * 32);
        Assert.Equal((2 * 300 * 32) + (3 * Layer) + 32, run.Json.GetProperty("parameters").GetInt64());
        var facts = (await ToolRun.Done("inspect", tiny.At("llama"), "--json")).Json;
        Assert.Equal("llama", facts.GetProperty("architecture").GetString());
        Assert.Equal(run.Json.GetProperty("parameters").GetInt64(), facts.GetProperty("parameters").GetInt64());
        Assert.Equal(TinyTokenizer.VocabSize, facts.GetProperty("tokenizer").GetProperty("vocab_size").GetInt32());
        Assert.Equal(300, facts.GetProperty("shape").GetProperty("vocab_size").GetInt32());
    }

    [Theory]
    [InlineData("granite")]
    [InlineData("ministral3")]
    [InlineData("olmo2")]
    [InlineData("gemma2")]
    [InlineData("gemma3_text")]
    [InlineData("olmo3")]
    public async Task A_new_model_of_each_family_trains_and_is_exported(string family)
    {
        await ToolRun.Done(
            "init", "--arch", family, "--hidden-size", "32", "--layers", "2", "--heads", "4", "--kv-heads", "2", "--head-dim", "8",
            "--intermediate-size", "48", "--tie", "--tokenizer", tiny.Tokenizer, "--output", tiny.At(family));
        await ToolRun.Done("train", "--model", tiny.At(family), "--data", tiny.Data, "--output", tiny.At($"{family}-out"), "--max-steps", "2");

        await ToolRun.Done("export", "gguf", "--model", tiny.At(family), "--adapter", tiny.At($"{family}-out"), "--output", tiny.At($"{family}.gguf"));
        await ToolRun.Done("export", "onnx", "--model", tiny.At(family), "--adapter", tiny.At($"{family}-out"), "--output", tiny.At($"{family}-onnx"));
        Assert.True(File.Exists(tiny.At($"{family}.gguf")));
        Assert.True(File.Exists(tiny.At($"{family}-onnx/model.onnx")));
    }

    [Theory]
    [InlineData("phi3", "qkv_proj,gate_up_proj")]
    [InlineData("qwen3_moe", "q_proj,gate_proj,down_proj")]
    [InlineData("mixtral", "all-linear")]
    public async Task A_new_model_of_a_family_with_fused_projections_or_experts_trains_and_is_exported(string family, string targets)
    {
        await ToolRun.Done(
            "init", "--arch", family, "--hidden-size", "32", "--layers", "2", "--heads", "4", "--kv-heads", "2", "--head-dim", "8",
            "--intermediate-size", "48", "--tokenizer", tiny.Tokenizer, "--output", tiny.At(family));
        await ToolRun.Done("train", "--model", tiny.At(family), "--data", tiny.Data, "--output", tiny.At($"{family}-out"), "--max-steps", "2", "--lora-targets", targets);

        foreach (string format in new[] { "gguf", "onnx" })
        {
            await ToolRun.Done(
                "export", format, "--model", tiny.At(family), "--adapter", tiny.At($"{family}-out"), "--output", tiny.At($"{family}.{format}"));
            Assert.True(Path.Exists(tiny.At($"{family}.{format}")));
        }
    }

    [Fact]
    public async Task Init_refuses_a_vocabulary_smaller_than_the_tokenizers_and_writes_nothing()
    {
        var run = await ToolRun.Of("init", "--vocab-size", "100", "--tokenizer", tiny.Tokenizer, "--output", tiny.At("small"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("--vocab-size is 100", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.False(Directory.Exists(tiny.At("small")));
    }

    [Fact]
    public async Task Training_writes_an_adapter_that_score_and_generate_use()
    {
        string output = tiny.At("trained");
        var train = await ToolRun.Done(
            [.. tiny.Train("trained"), "--max-steps", "3", "--learning-rate", "0.05", "--mode", "sft+kl", "--json"]);

        Assert.Equal(3, train.Json.GetProperty("steps").GetInt32());
        Assert.All(train.Json.GetProperty("losses").EnumerateArray(), loss => Assert.True(double.IsFinite(loss.GetDouble())));
        Assert.Equal(3, train.Json.GetProperty("seconds").GetArrayLength());
        Assert.True(train.Json.GetProperty("tokens_per_second").GetDouble() > 0);
        Assert.True(train.Json.GetProperty("peak_memory_mb").GetDouble() > 1);
        Assert.Equal(output, train.Json.GetProperty("output").GetString());
        Assert.Equal(
            ["adapter_config.json", "adapter_model.safetensors", "checkpoints", "config.yaml", "pipeline.zip", "report.html", "training_log.jsonl"],
            Directory.GetFileSystemEntries(output).Select(Path.GetFileName).Order());
        var log = File.ReadLines(Path.Combine(output, "training_log.jsonl")).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(Numbers(train.Json.GetProperty("losses")), log.Select(l => l.GetProperty("loss").GetDouble()));
        Assert.Equal(
            train.Json.GetProperty("labelled_tokens").GetInt64(), log.Sum(l => l.GetProperty("labelled_tokens").GetInt64()));

        var before = (await ToolRun.Done("score", "--model", tiny.Model, "--data", tiny.Data, "--json")).Json;
        var after = (await ToolRun.Done("score", "--model", tiny.Model, "--adapter", output, "--data", tiny.Data, "--json")).Json;
        Assert.Equal(0, before.GetProperty("kl").GetDouble(), 6);
        Assert.True(after.GetProperty("kl").GetDouble() > 1e-4);
        Assert.True(after.GetProperty("sft").GetDouble() < before.GetProperty("sft").GetDouble());
        Assert.All(Objectives, name => Assert.True(after.GetProperty(name).GetDouble() > 0));
        Assert.Equal(Math.Exp(after.GetProperty("sft").GetDouble()), after.GetProperty("perplexity").GetDouble(), 1e-6);

        string[] prompt = ["--prompt", "Question 1?"];
        var byAdapter = await ToolRun.Done(["generate", "--model", tiny.Model, "--adapter", output, "--max-new-tokens", "5", .. prompt]);
        var byPipeline = (await ToolRun.Done(["generate", "--pipeline", Path.Combine(output, "pipeline.zip"), "--json", .. prompt])).Json;
        Assert.StartsWith(byAdapter.Out.TrimEnd('\n'), byPipeline.GetProperty("completion").GetString(), StringComparison.Ordinal);

        Assert.Equal(8, (await ToolRun.Done("inspect", output, "--json")).Json.GetProperty("config").GetProperty("r").GetInt32());
        var pipeline = (await ToolRun.Done("inspect", Path.Combine(output, "pipeline.zip"), "--json")).Json;
        Assert.Equal("pipeline", pipeline.GetProperty("kind").GetString());
    }

    [Theory]
    [InlineData("iw-sft")]
    [InlineData("eaft")]
    public async Task An_objective_is_trained_scored_and_named_in_the_report(string objective)
    {
        string output = tiny.At(objective);
        var train = await ToolRun.Done(
            [.. tiny.Train(objective), "--max-steps", "2", "--learning-rate", "0.05", "--objective", objective, "--weight-clip-max", "3", "--json"]);
        Assert.All(train.Json.GetProperty("losses").EnumerateArray(), loss => Assert.True(loss.GetDouble() > 0));
        string report = await File.ReadAllTextAsync(Path.Combine(output, "report.html"));
        Assert.Contains($"with {(objective == "eaft" ? "EAFT" : "iw-SFT")}", report, StringComparison.Ordinal);
        Assert.Contains("Loss.WeightClipMax", report, StringComparison.Ordinal);

        async Task<JsonElement> Score(params string[] more) =>
            (await ToolRun.Done(["score", "--model", tiny.Model, "--adapter", output, "--data", tiny.Data, "--json", .. more])).Json;
        var plain = await Score();
        var scored = await Score("--objective", objective);
        Assert.Equal(plain.GetProperty("asft").GetDouble(), plain.GetProperty("loss").GetDouble(), 1e-9);
        Assert.Equal(plain.GetProperty("sft").GetDouble(), scored.GetProperty("sft").GetDouble(), 1e-9);
        Assert.NotEqual(scored.GetProperty("sft").GetDouble(), scored.GetProperty("loss").GetDouble(), 1e-3);
        var alike = await Score("--objective", objective, "--weight-exponent", "0");
        Assert.Equal(alike.GetProperty("sft").GetDouble(), alike.GetProperty("loss").GetDouble(), 1e-5);
        var clipped = await Score("--objective", objective, "--weight-clip-min", "0.25", "--weight-clip-max", "0.25");
        Assert.Equal(0.25 * clipped.GetProperty("sft").GetDouble(), clipped.GetProperty("loss").GetDouble(), 1e-5);

        await ToolRun.Done("generate", "--pipeline", Path.Combine(output, "pipeline.zip"), "--prompt", "Question 1?");
    }

    [Fact]
    public async Task Training_measures_itself_and_tells_and_writes_what_it_found()
    {
        var run = await ToolRun.Done(
            [.. tiny.Train("measured"), "--max-steps", "4", "--eval-data", tiny.Data, "--eval-steps", "2", "--restore-best", "--tensorboard", "--json"]);

        var validations = run.Json.GetProperty("validations").EnumerateArray().ToArray();
        Assert.Equal([0, 2, 4], validations.Select(v => v.GetProperty("step").GetInt32()));
        Assert.Equal(0, run.Json.GetProperty("skipped_steps").GetInt32());
        Assert.Contains(run.ErrorLines, line => line.StartsWith("after step 2  validation loss", StringComparison.Ordinal));
        Assert.Equal(3, File.ReadLines(tiny.At("measured/validation_log.jsonl")).Count());
        Assert.Single(Directory.GetFiles(tiny.At("measured/tensorboard"), "events.out.tfevents.*"));
        var score = (await ToolRun.Done("score", "--model", tiny.Model, "--adapter", tiny.At("measured"), "--data", tiny.Data, "--json")).Json;
        Assert.Equal(
            validations.Skip(1).Min(v => v.GetProperty("cross_entropy").GetDouble()), score.GetProperty("sft").GetDouble(), 1e-6);
    }

    [Fact]
    public async Task Bad_rows_are_left_out_and_counted_when_asked()
    {
        string data = tiny.At("partly-bad.jsonl");
        await File.WriteAllLinesAsync(data, [.. File.ReadLines(tiny.Data), "{\"instruction\": ", "{\"instruction\": \"a\", \"response\": \"\"}"]);
        string[] train = ["train", "--model", tiny.Model, "--data", data, "--output", tiny.At("partly-bad"), "--max-steps", "1"];

        var refused = await ToolRun.Of(train);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("line 7", refused.ErrorLines[^1], StringComparison.Ordinal);
        var skipped = await ToolRun.Done([.. train, "--invalid-rows", "skip"]);
        Assert.Contains("2 of 8 rows could not be used.", skipped.ErrorLines);
    }

    [Fact]
    public async Task A_file_to_measure_on_that_is_not_there_is_named()
    {
        var run = await ToolRun.Of([.. tiny.Train("unmeasured"), "--eval-data", tiny.At("no.jsonl")]);
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("--eval-data", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.Equal(2, (await ToolRun.Of([.. tiny.Train("x"), "--eval-data", tiny.Data, "--eval-fraction", "0.1"])).ExitCode);
        Assert.Equal(2, (await ToolRun.Of([.. tiny.Train("x"), "--freeze", "mlp"])).ExitCode);
    }

    [Fact]
    public async Task All_linear_targets_and_the_flags_of_the_adapters_reach_its_config()
    {
        await ToolRun.Done([.. tiny.Train("dora"), "--max-steps", "1", "--lora-targets", "all-linear", "--use-dora", "--use-rslora"]);

        var config = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(tiny.At("dora"), "adapter_config.json"))).RootElement;
        Assert.Equal("all-linear", config.GetProperty("target_modules").GetString());
        Assert.True(config.GetProperty("use_dora").GetBoolean());
        Assert.True(config.GetProperty("use_rslora").GetBoolean());
    }

    [Fact]
    public async Task Merging_writes_a_model_that_scores_like_base_and_adapter()
    {
        string adapter = tiny.At("to-merge");
        string merged = tiny.At("merged");
        await ToolRun.Done([.. tiny.Train("to-merge"), "--max-steps", "3", "--dtype", "float32"]);
        await ToolRun.Done("merge", "--model", tiny.Model, "--adapter", adapter, "--output", merged);
        var expected = (await ToolRun.Done("score", "--model", tiny.Model, "--adapter", adapter, "--data", tiny.Data, "--dtype", "float32", "--json")).Json;
        var actual = (await ToolRun.Done("score", "--model", merged, "--data", tiny.Data, "--dtype", "float32", "--json")).Json;
        Assert.Equal(expected.GetProperty("sft").GetDouble(), actual.GetProperty("sft").GetDouble(), 1e-6);
    }

    [Fact]
    public async Task Full_training_writes_a_model_that_scores_like_its_pipeline_and_better_than_its_base()
    {
        string output = tiny.At("full");
        await ToolRun.Done(
            [.. tiny.Train("full"), "--full", "--max-steps", "4", "--learning-rate", "0.01", "--objective", "sft"]);

        var before = (await ToolRun.Done("score", "--model", tiny.Model, "--data", tiny.Data, "--json")).Json;
        var after = (await ToolRun.Done("score", "--model", output, "--data", tiny.Data, "--json")).Json;
        Assert.True(after.GetProperty("sft").GetDouble() < before.GetProperty("sft").GetDouble());
        Assert.Equal("model", (await ToolRun.Done("inspect", output, "--json")).Json.GetProperty("kind").GetString());
        string[] prompt = ["--prompt", "Question 1?"];
        var byModel = await ToolRun.Done(["generate", "--model", output, .. prompt]);
        var byPipeline = await ToolRun.Done(["generate", "--pipeline", Path.Combine(output, "pipeline.zip"), .. prompt]);
        Assert.Equal(byModel.Out, byPipeline.Out);
    }

    [Fact]
    public async Task Generated_rows_keep_their_fields_and_their_order()
    {
        string output = tiny.At("completed.jsonl");
        var run = await ToolRun.Done(
            "generate", "--model", tiny.Model, "--data", tiny.Data, "--output", output, "--max-new-tokens", "3", "--batch-size", "4",
            "--json");

        var rows = File.ReadLines(output).Select(line => JsonDocument.Parse(line).RootElement).ToArray();
        Assert.Equal(TinyModel.Responses, rows.Select(r => r.GetProperty("response").GetString()));
        Assert.Equal(
            run.Json.GetProperty("completions").EnumerateArray().Select(c => c.GetString()),
            rows.Select(r => r.GetProperty("completion").GetString()));
        Assert.Equal(rows.Length, run.Json.GetProperty("rows").GetInt32());
    }

    [Fact]
    public async Task Other_field_names_are_taken_from_the_column_options()
    {
        string data = tiny.At("renamed.jsonl");
        await File.WriteAllTextAsync(data, (await File.ReadAllTextAsync(tiny.Data)).Replace("instruction", "q").Replace("response", "a"));

        var usual = await ToolRun.Done("encode", "--model", tiny.Model, "--data", tiny.Data);
        var renamed = await ToolRun.Done("encode", "--model", tiny.Model, "--data", data, "--prompt-column", "q", "--response-column", "a");
        Assert.Equal(usual.Out, renamed.Out);
    }

    [Fact]
    public async Task Training_that_cannot_start_leaves_no_output()
    {
        string data = tiny.At("unanswered.jsonl");
        await File.WriteAllTextAsync(data, """{"instruction": "And then?"}""");
        var run = await ToolRun.Of("train", "--model", tiny.Model, "--data", data, "--output", tiny.At("none"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("response", run.ErrorLines[^1], StringComparison.Ordinal);
        Assert.False(Directory.Exists(tiny.At("none")));
    }

    [Fact]
    public async Task Training_into_the_models_own_folder_is_refused()
    {
        var run = await ToolRun.Of("train", "--full", "--model", tiny.Model, "--data", tiny.Data, "--output", tiny.Model + "/.");

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("--output", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelled_training_ends_with_130_and_writes_no_adapter()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        var run = await ToolRun.Of("", cancelled.Token, tiny.Train("cancelled"));

        Assert.Equal(130, run.ExitCode);
        Assert.False(Directory.Exists(tiny.At("cancelled")));
    }

    private static IEnumerable<double> Numbers(JsonElement array) => array.EnumerateArray().Select(number => number.GetDouble());
}
