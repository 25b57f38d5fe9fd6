using System.Diagnostics;
using System.Globalization;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>What nights bring to a real run: kill -9 at any moment, signals, and a full disk.</summary>
public sealed class SurvivalTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private const int Kills = 20;

    [Fact]
    public async Task A_run_killed_at_20_random_moments_and_resumed_ends_in_the_same_bytes()
    {
        string[] settings = ["--max-steps", "150", "--save-steps", "1", "--threads", "1", "--samples", "0"];
        await ToolRun.Done([.. tiny.Train("unbroken"), .. settings]);
        var random = new Random(5);
        int insideWrites = 0;
        for (int kill = 0; kill < Kills; kill++)
        {
            using var process = ToolProcess.Start([.. tiny.Train("killed"), .. settings, "--resume"]);
            int reported = await StepOf(process);
            if (kill % 2 == 0)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 40));
            }
            else
            {
                WaitFor(process, "killed/checkpoints", ".unfinished-*");
            }

            Assert.Equal(0, ToolProcess.SendSignal(process.Id, ToolProcess.Kill));
            await process.WaitForExitAsync();
            Assert.Equal(128 + ToolProcess.Kill, process.ExitCode);
            insideWrites += Directory.EnumerateDirectories(tiny.At("killed/checkpoints"), ".unfinished-*").Any() ? 1 : 0;
            int saved = Directory.EnumerateDirectories(tiny.At("killed/checkpoints"), "step-*")
                .Select(path => int.Parse(path[^8..], CultureInfo.InvariantCulture)).Append(0).Max();
            Assert.True(saved >= reported - 1, $"step {reported} was done, and the last checkpoint is of step {saved}");
        }

        Assert.InRange(insideWrites, 1, Kills);
        await ToolRun.Done([.. tiny.Train("killed"), .. settings, "--resume"]);
        AssertSameAdapter("unbroken", "killed");
        Assert.Equal(150, File.ReadLines(tiny.At("killed/training_log.jsonl")).Count());
    }

    [Theory]
    [InlineData(ToolProcess.Interrupt)]
    [InlineData(ToolProcess.Terminate)]
    public async Task A_signal_finishes_the_step_saves_and_says_how_to_resume(int signal)
    {
        string output = $"signalled-{signal}";
        string[] settings = ["--max-steps", "400", "--threads", "1"];
        using var process = ToolProcess.Start([.. tiny.Train(output), .. settings]);
        await StepOf(process);
        Assert.Equal(0, ToolProcess.SendSignal(process.Id, signal));
        string rest = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 130, rest);
        Assert.Contains("asft: interrupted after step", rest, StringComparison.Ordinal);
        Assert.Contains("--resume", rest, StringComparison.Ordinal);
        Assert.Empty(await process.StandardOutput.ReadToEndAsync());
        Assert.Equal(
            ["checkpoints", "report.html", "training_log.jsonl"], Directory.GetFileSystemEntries(tiny.At(output)).Select(Path.GetFileName).Order());
        await ToolRun.Done([.. tiny.Train(output), .. settings, "--resume"]);
        await ToolRun.Done([.. tiny.Train($"{output}-unbroken"), .. settings]);
        AssertSameAdapter($"{output}-unbroken", output);
    }

    [Theory]
    [InlineData(ToolProcess.Interrupt, "step-00000001")]
    [InlineData(ToolProcess.Terminate, "step-00000001")]
    [InlineData(ToolProcess.Terminate, ".unfinished-*")]
    public async Task A_second_signal_ends_the_run_in_the_middle_of_a_step_or_save_and_harms_no_checkpoint(int signal, string moment)
    {
        // Rows enough for a step of a second, so that the second signal finds the first one's step unfinished.
        string data = tiny.At("long-steps.jsonl");
        await File.WriteAllLinesAsync(data, Enumerable.Range(0, 500).Select(i => $$"""{"instruction": "Question {{i}}?", "response": "the sea"}"""));
        string[] Run(string output) =>
        [
            "train", "--model", tiny.Model, "--data", data, "--output", tiny.At(output), "--objective", "sft", "--batch-size", "25",
            "--global-batch-size", "500", "--max-steps", "2", "--save-steps", "1", "--threads", "1", "--samples", "0",
        ];
        string output = $"twice-{signal}-{moment.Length}";
        using var process = ToolProcess.Start(Run(output));
        Assert.Equal(1, await StepOf(process));
        WaitFor(process, $"{output}/checkpoints", moment);
        Assert.Equal(0, ToolProcess.SendSignal(process.Id, signal));
        Assert.Equal(Interruption.Message, await process.StandardError.ReadLineAsync());
        Assert.Equal(0, ToolProcess.SendSignal(process.Id, signal));
        string rest = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(128 + signal, process.ExitCode);
        Assert.Empty(rest);
        Assert.DoesNotContain("step-00000002", Directory.GetFileSystemEntries(tiny.At($"{output}/checkpoints")).Select(Path.GetFileName));
        var resumed = await ToolRun.Done([.. Run(output), "--resume"]);
        Assert.DoesNotContain("damaged", resumed.Error, StringComparison.Ordinal);
        await ToolRun.Done(Run($"{output}-unbroken"));
        AssertSameAdapter($"{output}-unbroken", output);
    }

    [TmpfsFact]
    public async Task A_full_disk_stops_saving_and_not_training()
    {
        string[] settings = ["--max-steps", "40", "--save-steps", "1", "--keep-checkpoints", "1000", "--threads", "1", "--samples", "0"];
        await ToolRun.Done([.. tiny.Train("roomy"), .. settings]);
        string output = Directory.CreateDirectory(tiny.At("small-disk")).FullName;
        string copy = Directory.CreateDirectory(tiny.At("copied")).FullName;
        string run = string.Join(' ', new[] { "dotnet", ToolProcess.Assembly }.Concat(tiny.Train("small-disk")).Concat(settings).Select(a => $"'{a}'"));
        string script = $"""
            mount -t tmpfs -o size=1m none '{output}' || exit 90
            dd if=/dev/zero of='{output}/filler' bs=1k count=700 2> /dev/null
            {run}
            echo "rc $?" >&2
            ls '{output}/checkpoints' >&2
            find '{output}/checkpoints' -name '.unfinished*' -printf 'LEFT %p\n' >&2
            rm '{output}/filler'
            mount -o remount,size=8m '{output}'
            {run} --resume && cp -r '{output}'/* '{copy}'
            """;
        using var process = ToolProcess.StartProgram("unshare", "-rm", "bash", "-c", script);
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.True(process.ExitCode == 0, error);
        string[] lines = error.Split('\n');
        Assert.True(lines.Count(l => l.Contains("could not be saved; the checkpoint of step", StringComparison.Ordinal)) > 3, error);
        Assert.Contains("step 40/40", error, StringComparison.Ordinal);
        Assert.Contains("rc 1", lines);
        Assert.Contains(lines, l => l.StartsWith("step-000000", StringComparison.Ordinal));
        Assert.True(!error.Contains("LEFT", StringComparison.Ordinal), error);
        AssertSameAdapter("roomy", "copied");
        Assert.Equal(40, File.ReadLines(tiny.At("copied/training_log.jsonl")).Count());
    }

    private static async Task<int> StepOf(Process process)
    {
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("step ", StringComparison.Ordinal))
            {
                return int.Parse(line["step ".Length..line.IndexOf('/', StringComparison.Ordinal)], CultureInfo.InvariantCulture);
            }
        }

        return 0;
    }

    // Until such a folder is there, or the run has ended.
    private void WaitFor(Process process, string folder, string name)
    {
        while (!process.HasExited && !(Directory.Exists(tiny.At(folder)) && Directory.EnumerateDirectories(tiny.At(folder), name).Any()))
        {
        }
    }

    private void AssertSameAdapter(string expected, string actual) => Assert.Equal(
        File.ReadAllBytes(tiny.At($"{expected}/adapter_model.safetensors")), File.ReadAllBytes(tiny.At($"{actual}/adapter_model.safetensors")));
}
