using System.Text.Json;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary><c>asft train --config FILE</c>.</summary>
public sealed class ConfigFileTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    [Fact]
    public async Task A_file_trains_as_the_same_options_on_the_command_line_do()
    {
        string config = await Write("same.yaml", $"""
            # Text with and without quotation marks, numbers, a flag and lists.
            model: {tiny.Model}
            data: ["{tiny.Data}", "{tiny.Data}"]
            output: "{tiny.At("by-file")}"
            objective: sft+kl
            max-steps: 3
            learning-rate: 5e-2
            lora-targets: [q_proj, v_proj]
            use-rslora: true
            use-dora: false
            """);

        var byFile = (await ToolRun.Done("train", "--config", config, "--json")).Json;
        var byOptions = (await ToolRun.Done(
            [.. tiny.Train("by-options"), "--data", tiny.Data, "--objective", "sft+kl", "--max-steps", "3", "--learning-rate", "0.05",
            "--lora-targets", "q_proj,v_proj", "--use-rslora", "--json"])).Json;

        Assert.Equal(Losses(byOptions), Losses(byFile));
        Assert.True(Losses(byFile).Distinct().Count() > 1);
        Assert.True(await AdapterConfig("by-file", "use_rslora"));
        Assert.False(await AdapterConfig("by-file", "use_dora"));
    }

    [Fact]
    public async Task The_command_line_wins_over_the_file()
    {
        string config = await Write("wins.yaml", "max-steps: 3\nuse-dora: true\nfull: true\nlora-rank: 4");

        var run = (await ToolRun.Done(
            [.. tiny.Train("wins"), "--config", config, "--max-steps", "1", "--use-dora=false", "--full=false", "--json"])).Json;

        Assert.Equal(1, run.GetProperty("steps").GetInt32());
        Assert.False(await AdapterConfig("wins", "use_dora"));
    }

    [Fact]
    public async Task The_effective_options_are_written_beside_the_output_and_run_again_alike()
    {
        string[] given = [.. tiny.Train("first"), "--max-steps", "2", "--learning-rate", "0.05", "--prompt-column", "instruction"];
        var first = (await ToolRun.Done([.. given, "--resume", "--json"])).Json;
        string[] lines = await File.ReadAllLinesAsync(tiny.At("first/config.yaml"));
        Assert.Contains("learning-rate: 0.05", lines);
        Assert.Contains("lora-rank: 8", lines);     // a default
        Assert.Contains("prompt-column: \"instruction\"", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("resume", StringComparison.Ordinal) || line.StartsWith("config", StringComparison.Ordinal));

        var again = (await ToolRun.Done("train", "--config", tiny.At("first/config.yaml"), "--output", tiny.At("again"), "--json")).Json;

        Assert.Equal(Losses(first), Losses(again));
        Assert.Equal(
            lines.Where(line => !line.StartsWith("output:", StringComparison.Ordinal)),
            (await File.ReadAllLinesAsync(tiny.At("again/config.yaml"))).Where(line => !line.StartsWith("output:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Defaults_that_another_option_excludes_are_not_among_the_effective_ones()
    {
        await ToolRun.Done([.. tiny.Train("whole"), "--full", "--max-steps", "1"]);

        string[] lines = await File.ReadAllLinesAsync(tiny.At("whole/config.yaml"));
        Assert.Contains("full: true", lines);
        Assert.DoesNotContain(lines, line => line.StartsWith("lora-", StringComparison.Ordinal));
        await ToolRun.Done("train", "--config", tiny.At("whole/config.yaml"), "--output", tiny.At("whole-again"));
    }

    [Theory]
    [InlineData("seed: 1\nlearning-rat: 1e-4", 2, "learning-rat: there is no option --learning-rat")]
    [InlineData("\n\nlearning-rate: fast", 3, "learning-rate: --learning-rate is 'fast'; it must be a number")]
    [InlineData("lora-rank: \"8\"", 1, "lora-rank: the value is the text \"8\"; it must be a number")]
    [InlineData("lora-rank: 8.5", 1, "lora-rank: --lora-rank is '8.5'; it must be a whole number")]
    [InlineData("lora-rank: [8, 16]", 1, "lora-rank: the value is a list")]
    [InlineData("seed: 1\nfull: yes", 2, "full: the value is 'yes'; it must be true or false")]
    [InlineData("objective: best", 1, "objective: --objective is 'best'; it must be one of asft")]
    [InlineData("seed:", 1, "seed: there is no value")]
    [InlineData("freeze: []", 1, "freeze: there is no value")]
    [InlineData("data: {train: a.jsonl}", 1, "data: the value must be a text")]
    [InlineData("workers: mpi", 1, "workers: --workers can be given on the command line only")]
    [InlineData("config: other.yaml", 1, "config: --config can be given on the command line only")]
    [InlineData("json: true", 1, "json: --json can be given on the command line only")]
    [InlineData("--seed: 1", 1, "--seed: a key is an option's name without the dashes")]
    [InlineData("objective: sft\nmode: dft", 2, "mode: line 1 sets --objective already")]
    [InlineData("seed: 1\nlora-rank: 4\nfull: true", 2, "lora-rank: --lora-rank cannot be used with --full")]
    [InlineData("threads: 0", 1, "threads: --threads is 0")]
    [InlineData("seed: 1\n- 2", 2, "")]
    [InlineData("seed: 1\nseed: 2", 2, "")]
    [InlineData("just a text", 1, "the file must consist of lines 'option: value'")]
    [InlineData("seed: 1\n---\nseed: 2", 3, "a second document begins")]
    public async Task What_is_wrong_in_the_file_is_told_with_file_line_and_key(string yaml, int line, string problem)
    {
        string config = await Write("wrong.yaml", yaml);

        var run = await ToolRun.Of([.. tiny.Train("unwritten"), "--config", config]);

        Assert.Equal(2, run.ExitCode);
        Assert.StartsWith($"asft: {config}, line {line}", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
        Assert.Contains(problem, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(tiny.At("unwritten")));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_told_with_its_name()
    {
        var run = await ToolRun.Of([.. tiny.Train("unwritten"), "--config", "nowhere.yaml"]);

        Assert.Equal(1, run.ExitCode);
        Assert.Contains("'nowhere.yaml'", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_neither_file_nor_command_line_gives_is_missing_as_ever()
    {
        var run = await ToolRun.Of("train", "--data", tiny.Data, "--output", tiny.At("x"), "--config", await Write("part.yaml", "seed: 1"));

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("--model", Assert.Single(run.ErrorLines), StringComparison.Ordinal);
    }

    private static double[] Losses(JsonElement run) => [.. run.GetProperty("losses").EnumerateArray().Select(loss => loss.GetDouble())];

    private async Task<string> Write(string name, string yaml)
    {
        await File.WriteAllTextAsync(tiny.At(name), yaml);
        return tiny.At(name);
    }

    private async Task<bool> AdapterConfig(string output, string name)
    {
        await using var file = File.OpenRead(Path.Combine(tiny.At(output), "adapter_config.json"));
        return JsonDocument.Parse(file).RootElement.TryGetProperty(name, out var value) && value.GetBoolean();
    }
}
