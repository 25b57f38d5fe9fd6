using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary><c>asft … --workers mpi</c>: what several workers write is what one writes.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly TinyModel _model = new();
    private readonly string _data;

    public CommandLineTests()
    {
        _data = At("data.jsonl");
        File.WriteAllLines(_data, TrainingRow.Some.Select(row =>
            new JsonObject { ["instruction"] = row.Instruction, ["response"] = row.Response }.ToJsonString()));
    }

    public void Dispose() => _model.Dispose();

    [MpiFact]
    public async Task Training_prints_one_result_and_writes_one_output()
    {
        string[] settings = ["--max-steps", "6", "--global-batch-size", "8", "--samples", "1", "--eval-fraction", "0.2", "--json"];
        var one = await MpiRun.Tool(1, ["train", "--model", _model.Path, "--data", _data, "--output", At("one"), .. settings]);
        var three = await MpiRun.Tool(3, ["train", "--model", _model.Path, "--data", _data, "--output", At("three"), .. settings]);
        Assert.True(three.ExitCode == 0, three.Error);
        var expected = JsonNode.Parse(one.Output)!["losses"]!.AsArray();
        var actual = JsonNode.Parse(Assert.Single(three.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)))!["losses"]!.AsArray();
        Assert.Equal(6, actual.Count);
        Assert.All(expected.Zip(actual), pair => Assert.Equal((double)pair.First!, (double)pair.Second!, 1e-4));
        Assert.Equal(Files("one"), Files("three"));
        Assert.Equal(1, three.Error.Split('\n').Count(line => line.StartsWith("step 6/6", StringComparison.Ordinal)));

        string[] Files(string output) => [.. Directory.EnumerateFileSystemEntries(At(output)).Select(path => Path.GetFileName(path)).Order()];
    }

    [MpiFact]
    public async Task Completions_come_in_order_and_as_one_worker_makes_them()
    {
        string[] settings = ["--max-new-tokens", "5", "--batch-size", "2", "--temperature", "1", "--seed", "3"];
        await MpiRun.Tool(1, ["generate", "--model", _model.Path, "--data", _data, "--output", At("one.jsonl"), .. settings]);
        var run = await MpiRun.Tool(2, ["generate", "--model", _model.Path, "--data", _data, "--output", At("two.jsonl"), .. settings]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(File.ReadAllBytes(At("one.jsonl")), File.ReadAllBytes(At("two.jsonl")));
        Assert.Equal(25, File.ReadLines(At("two.jsonl")).Count());
    }

    [MpiFact]
    public async Task An_evaluation_is_that_of_one_worker_and_goes_on_by_another_number_of_them()
    {
        string[] drift = ["evaluate", "drift", "--model", _model.Path, "--data", _data, "--batch-size", "3", "--output"];
        await MpiRun.Tool(1, [.. drift, At("one")]);
        var three = await MpiRun.Tool(3, [.. drift, At("three")]);
        Assert.True(three.ExitCode == 0, three.Error);
        string[] names = ["items.jsonl", "run.json", "report.json"];
        Assert.All(names, name => Assert.Equal(Content("one", name), Content("three", name)));

        string[] lines = File.ReadAllLines(At("three/items.jsonl"));
        File.WriteAllLines(At("three/items.jsonl"), lines.Take(10));
        var rest = await MpiRun.Tool(2, [.. drift, At("three")]);
        Assert.True(rest.ExitCode == 0, rest.Error);
        Assert.Equal(lines, File.ReadAllLines(At("three/items.jsonl")));

        string Content(string output, string name) => File.ReadAllText(At($"{output}/{name}")).Replace(At(output), "", StringComparison.Ordinal);
    }

    [MpiFact]
    public async Task A_score_is_that_of_one_worker()
    {
        var one = await MpiRun.Tool(1, "score", "--model", _model.Path, "--data", _data, "--json");
        var two = await MpiRun.Tool(2, "score", "--model", _model.Path, "--data", _data, "--json");
        Assert.True(two.ExitCode == 0, two.Error);
        var actual = JsonSerializer.Deserialize<Dictionary<string, double>>(two.Output)!;
        Assert.All(
            JsonSerializer.Deserialize<Dictionary<string, double>>(one.Output)!,
            item => Assert.Equal(item.Value, actual[item.Key], 1e-9 * Math.Abs(item.Value)));
    }

    [MpiTheory]
    [InlineData(2, "--data is standard input", "score", "--data", "-")]
    [InlineData(1, "There is no file 'nowhere.jsonl'", "score", "--data", "nowhere.jsonl")]
    [InlineData(2, "--workers works only with --data", "generate", "--prompt", "1+1")]
    public async Task What_is_wrong_is_said_once(int exitCode, string message, string command, string option, string value)
    {
        var run = await MpiRun.Tool(2, command, "--model", _model.Path, option, value);
        Assert.Equal(exitCode, run.ExitCode);
        Assert.Equal(1, run.Error.Split('\n').Count(line => line.StartsWith("asft", StringComparison.Ordinal)));
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("MPI_ABORT", run.Error, StringComparison.Ordinal);
    }

    private string At(string name) => Path.Combine(_model.Folder, name);
}
