
using System.Text.Json;
using Microsoft.ML.Asft.Evaluation.Tests.Alpaca;
using Microsoft.ML.Asft.Hub.Tests;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary><c>asft evaluate</c> on models that know nothing.</summary>
public sealed class EvaluateTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [SharedDataFact("data/mmlu_medical.jsonl")]
    public async Task A_random_model_scores_chance_on_MMLU_within_its_interval()
    {
        string random = tiny.At("random");
        string tokenizer = Path.Combine(AppContext.BaseDirectory, "assets", "base-model");
        await ToolRun.Done("init", "--preset", "tiny", "--seed", "5", "--tokenizer", tokenizer, "--output", random);
        var report = (await ToolRun.Done(
            "evaluate", "mcq", "--model", random, "--data", SharedData.PathOf("data", "mmlu_medical.jsonl"), "--batch-size", "32",
                "--json")).Json;

        var accuracy = report.GetProperty("accuracy");
        Assert.Equal(1099, accuracy.GetProperty("count").GetInt32());
        Assert.InRange(0.25, accuracy.GetProperty("lower").GetDouble(), accuracy.GetProperty("upper").GetDouble());
        Assert.Equal(6, report.GetProperty("subjects").EnumerateObject().Count());
    }

    [Fact]
    public async Task A_run_leaves_its_items_and_report_and_can_be_compared_with()
    {
        string data = tiny.At("questions.jsonl");
        await File.WriteAllLinesAsync(data, Enumerable.Range(0, 20).Select(i =>
            $$"""{"question": "Number {{i}}?", "options": {"A": "the", "B": "a", "C": "sea"}, "answer_idx": "{{"ABC"[i % 3]}}"}"""));
        string[] evaluate = ["evaluate", "mcq", "--model", tiny.Model, "--data", data];
        var run = await ToolRun.Done([.. evaluate, "--output", tiny.At("run")]);

        Assert.Contains("accuracy", run.Out, StringComparison.Ordinal);
        Assert.Equal(20, File.ReadLines(Path.Combine(tiny.At("run"), "items.jsonl")).Count());
        var report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(tiny.At("run"), "report.json"))).RootElement;
        var compared = (await ToolRun.Done([.. evaluate, "--compare", tiny.At("run"), "--json"])).Json;
        Assert.Equal(0, compared.GetProperty("compare").GetProperty("difference").GetDouble());
        Assert.True(JsonElement.DeepEquals(report.GetProperty("accuracy"), compared.GetProperty("accuracy")));
    }

    [Fact]
    public async Task A_named_template_of_the_models_folder_is_used()
    {
        string model = tiny.At("with-templates");
        Directory.CreateDirectory(Path.Combine(model, "additional_chat_templates"));
        foreach (string file in Directory.GetFiles(tiny.Model))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }
        await File.WriteAllTextAsync(Path.Combine(model, "chat_template.jinja"), "{{ messages[0].content }}");
        await File.WriteAllTextAsync(Path.Combine(model, "additional_chat_templates", "fixed.jinja"), "The sea");
        await File.WriteAllTextAsync(Path.Combine(model, "additional_chat_templates", "plain.jinja"), "{{ messages[0].content }}");
        string data = tiny.At("instructions.jsonl");
        await File.WriteAllLinesAsync(data, Enumerable.Range(0, 8).Select(i => $$"""{"instruction": "{{new string('a', i + 1)}} {{i}}?"}"""));
        string[] evaluate = ["evaluate", "alpaca", "--model", model, "--data", data, "--max-new-tokens", "8", "--temperature", "0"];
        await ToolRun.Done([.. evaluate, "--template", "auto:fixed", "--output", tiny.At("fixed")]);
        await ToolRun.Done([.. evaluate, "--template", "auto:plain", "--output", tiny.At("plain")]);
        var unknown = await ToolRun.Of([.. evaluate, "--template", "auto:other", "--output", tiny.At("other")]);

        Assert.Single(Answers("fixed").Distinct());      // the template does not show the instruction
        Assert.NotEqual(Answers("fixed"), Answers("plain"));
        Assert.Contains("no template named 'other'", unknown.Error, StringComparison.Ordinal);

        string[] Answers(string run) => [.. JsonDocument.Parse(File.ReadAllText(Path.Combine(tiny.At(run), "model_outputs.json"))).RootElement
            .EnumerateArray().Select(answer => answer.GetProperty("output").GetString()!)];
    }

    [Fact]
    public async Task An_adapter_is_compared_with_its_base_item_by_item()
    {
        string data = tiny.At("sums.jsonl");
        await File.WriteAllLinesAsync(data, Enumerable.Range(0, 6).Select(i => $$"""{"question": "Question {{i}}?", "answer": "{{i}}"}"""));
        await ToolRun.Done([.. tiny.Train("evaluated"), "--max-steps", "2"]);
        var report = (await ToolRun.Done(
            "evaluate", "math", "--model", tiny.Model, "--adapter", tiny.At("evaluated"), "--data", data, "--compare", tiny.Model,
                "--samples", "2",
            "--max-new-tokens", "4", "--prompt", "auto", "--output", tiny.At("math"), "--json")).Json;

        Assert.Equal(6, report.GetProperty("compare").GetProperty("count").GetInt32());
        Assert.Equal(2, report.GetProperty("samples").GetInt32());
        Assert.Equal(6, report.GetProperty("compare_mean").GetProperty("count").GetInt32());
        Assert.Equal(6, File.ReadLines(Path.Combine(tiny.At("math"), "base", "items.jsonl")).Count());

        var drift = (await ToolRun.Done(
            "evaluate", "drift", "--model", tiny.Model, "--adapter", tiny.At("evaluated"), "--data", tiny.Data, "--json")).Json;
        var score = (await ToolRun.Done("score", "--model", tiny.Model, "--adapter", tiny.At("evaluated"), "--data", tiny.Data, "--json"))
            .Json;
        Assert.Equal(score.GetProperty("kl").GetDouble(), drift.GetProperty("kl").GetDouble(), 1e-6);
        Assert.Equal(score.GetProperty("perplexity").GetDouble(), drift.GetProperty("perplexity").GetDouble(), 1e-3);
    }

    [SharedDataFact("data/gsm8k_test.jsonl")]
    public async Task A_run_that_was_killed_half_way_goes_on_to_the_same_report()
    {
        string model = Path.Combine(AppContext.BaseDirectory, "assets", "base-model");
        string[] evaluate =
        [
            "evaluate", "math", "--model", model, "--data", SharedData.PathOf("data", "gsm8k_test.jsonl"), "--prompt", "auto", "--limit", "48",
            "--samples", "2", "--max-new-tokens", "24", "--batch-size", "4", "--threads", "1", "--output",
        ];
        string killed = tiny.At("killed");
        string items = Path.Combine(killed, "items.jsonl");
        using (var process = ToolHost.KillAt("tell 20/48 items", 1, [.. evaluate, killed]))
        {
            string error = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 128 + ToolProcess.Kill, error);
        }

        Assert.Equal(20, File.ReadLines(items).Count());
        await ToolRun.Done([.. evaluate, killed]);
        await ToolRun.Done([.. evaluate, tiny.At("whole")]);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(tiny.At("whole"), "items.jsonl")), await File.ReadAllTextAsync(items));
        var report = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(killed, "report.json"))).RootElement;
        var whole = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(tiny.At("whole"), "report.json"))).RootElement;
        Assert.All(report.EnumerateObject().Where(f => f.Name != "output"), f => Assert.True(JsonElement.DeepEquals(f.Value, whole.GetProperty(f.Name)), f.Name));
    }

    [Fact]
    public async Task Answers_of_a_model_and_its_base_are_judged()
    {
        string instructions = tiny.At("instructions.json");
        await File.WriteAllTextAsync(instructions, """[{"instruction": "Say one.", "dataset": "d"}, {"instruction": "Say two.", "dataset": "d"}]""");
        await ToolRun.Done([.. tiny.Train("judged"), "--max-steps", "3", "--learning-rate", "0.05"]);
        string alpaca = tiny.At("alpaca");
        var answers = (await ToolRun.Done(
            "evaluate", "alpaca", "--model", tiny.Model, "--adapter", tiny.At("judged"), "--data", instructions, "--compare", tiny.Model,
                "--max-new-tokens", "6",
            "--generator", "tuned", "--output", alpaca, "--json")).Json;

        string ours = answers.GetProperty("model_outputs").GetString()!;
        var rows = JsonDocument.Parse(await File.ReadAllTextAsync(ours)).RootElement;
        Assert.Equal(["Say one.", "Say two."], rows.EnumerateArray().Select(row => row.GetProperty("instruction").GetString()));
        Assert.All(rows.EnumerateArray(), row => Assert.Equal("tuned", row.GetProperty("generator").GetString()));

        using var judge = new LoopbackJudge((_, _) => 0.75);
        var report = (await ToolRun.Done(
            "evaluate", "judge", "--outputs", ours, "--compare", Path.Combine(alpaca, "base", "model_outputs.json"), "--judge", "loopback",
            "--endpoint", judge.Endpoint.ToString(), "--output", tiny.At("judgement"), "--json")).Json;
        Assert.Equal(2, report.GetProperty("win_rate").GetProperty("count").GetInt32());
        Assert.InRange(report.GetProperty("win_rate").GetProperty("value").GetDouble(), 0.25, 0.75);
        Assert.Equal(2, File.ReadLines(Path.Combine(tiny.At("judgement"), "items.jsonl")).Count());
    }

    [Fact]
    public async Task The_tool_itself_can_be_the_judges_endpoint()
    {
        string ours = tiny.At("ours.json");
        string theirs = tiny.At("theirs.json");
        await File.WriteAllTextAsync(ours, """[{"instruction": "Say one.", "output": "one"}, {"instruction": "Say two.", "output": "two two"}]""");
        await File.WriteAllTextAsync(theirs, """[{"instruction": "Say one.", "output": "1"}, {"instruction": "Say two.", "output": "2"}]""");
        string model = Path.Combine(AppContext.BaseDirectory, "assets", "base-model");
        using var server = ToolProcess.Start("serve", "--json", "--model", model, "--port", "0");
        try
        {
            string address = JsonDocument.Parse((await server.StandardOutput.ReadLineAsync())!).RootElement.GetProperty("address").GetString()!;
            string endpoint = new Uri(new Uri(address), "v1").ToString();
            var report = (await ToolRun.Done(
                "evaluate", "judge", "--outputs", ours, "--compare", theirs, "--judge", "base-model", "--endpoint", endpoint,
                "--output", tiny.At("served"), "--json")).Json;

            Assert.Equal(2, report.GetProperty("items").GetInt32());
            var items = File.ReadLines(Path.Combine(tiny.At("served"), "items.jsonl")).Select(line => JsonDocument.Parse(line).RootElement);
            Assert.All(items, item => Assert.NotNull(item.GetProperty("reply").GetString()));
        }
        finally
        {
            server.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task A_model_is_downloaded_by_name_and_used()
    {
        using var hub = new LoopbackHub();
        byte[] readme = hub.Add("README.md", 300);
        hub.Add("weights/model.bin", 90_000, isLarge: true);
        string? former = Environment.GetEnvironmentVariable("HF_ENDPOINT");
        Environment.SetEnvironmentVariable("HF_ENDPOINT", hub.Endpoint.ToString());
        try
        {
            var run = (await ToolRun.Done(
                "download", "chichi56/ASFT", "--dataset", "--include", "*.md", "--include", "*.txt", "--output", tiny.At("downloaded"),
                    "--json")).Json;
            Assert.Equal(1, run.GetProperty("files").GetInt32());
            Assert.Equal(LoopbackHub.Commit, run.GetProperty("commit").GetString());
            Assert.Equal(readme, await File.ReadAllBytesAsync(Path.Combine(tiny.At("downloaded"), "README.md")));

            hub.Misbehave("", Misdeed.Missing404);
            var missing = await ToolRun.Of("download", "no/such", "--output", tiny.At("missing"));
            Assert.Equal(1, missing.ExitCode);
            Assert.Contains("no/such: the Hub answers 404", missing.ErrorLines[^1], StringComparison.Ordinal);
        }
        finally
        {
            Environment.SetEnvironmentVariable("HF_ENDPOINT", former);
        }
    }

    [Fact]
    public async Task What_cannot_be_compared_with_is_named()
    {
        var run = await ToolRun.Of("evaluate", "drift", "--model", tiny.Model, "--data", tiny.Data, "--compare", tiny.At("nothing"));

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("--compare", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_usage_names_the_whole_command()
    {
        var run = await ToolRun.Of("evaluate", "mcq", "--model", tiny.Model);

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("asft evaluate mcq", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }
}
