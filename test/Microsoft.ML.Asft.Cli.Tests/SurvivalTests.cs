using System.Diagnostics;
using System.Globalization;

namespace Microsoft.ML.Asft.Cli.Tests;

/// <summary>What nights bring to a real run: kill -9 at any point, signals, and a full disk.</summary>
public sealed class SurvivalTests(TinyModel tiny) : IClassFixture<TinyModel>
{
    private const string StepStart = "start asft.step";
    private const string UpdateStart = "start asft.update";
    private const string SaveEnd = "stop asft.checkpoint.save";
    private const string DeleteStart = "start asft.checkpoint.delete";
    private const string FileWritten = "stop asft.file.write ";
    private const string LastFileWritten = FileWritten + "manifest.json";

    [Fact]
    public async Task A_run_killed_at_every_kind_of_point_and_resumed_ends_in_the_same_bytes()
    {
        const int steps = 24;
        string[] settings = ["--max-steps", $"{steps}", "--save-steps", "1", "--threads", "1", "--samples", "0"];
        string list = tiny.At("points.txt");
        using (var unbroken = ToolHost.List(list, [.. tiny.Train("unbroken"), .. settings]))
        {
            Assert.Equal(0, (await EndOf(unbroken)).ExitCode);
        }

        // The second of its kind after a start; what comes once comes at the end. A file without an extension is the cache of fingerprints.
        string[] all = File.ReadAllLines(list);
        string[] points = [.. all.Distinct().Where(point => point is StepStart or UpdateStart or SaveEnd or DeleteStart
            || (point.StartsWith(FileWritten, StringComparison.Ordinal) && Path.HasExtension(point[FileWritten.Length..])))];
        Assert.Superset(new HashSet<string> { StepStart, UpdateStart, SaveEnd, DeleteStart, LastFileWritten }, points.ToHashSet());
        Assert.InRange(points.Length, 8, steps / 2);
        foreach (string point in points)
        {
            int count = all.Count(p => p == point) > 1 ? 2 : 1;
            using var process = ToolHost.KillAt(point, count, [.. tiny.Train("killed"), .. settings, "--resume"]);
            var (code, error) = await EndOf(process);
            Assert.True(code == 128 + ToolProcess.Kill, $"{point}: exit code {code}\n{error}");
            int saved = Directory.EnumerateDirectories(tiny.At("killed/checkpoints"), "step-*")
                .Select(path => int.Parse(path[^8..], CultureInfo.InvariantCulture)).Append(0).Max();
            Assert.True(saved >= LastStep(error) - 1, $"{point}: step {LastStep(error)} was done, and the last checkpoint is of step {saved}");
            if (point is LastFileWritten or DeleteStart)
            {
                Assert.Single(Directory.EnumerateDirectories(tiny.At("killed/checkpoints"), ".unfinished-*"));
            }
        }

        await ToolRun.Done([.. tiny.Train("killed"), .. settings, "--resume"]);
        AssertSameAdapter("unbroken", "killed");
        Assert.Equal(steps, File.ReadLines(tiny.At("killed/training_log.jsonl")).Count());
        Assert.Empty(Directory.EnumerateFileSystemEntries(tiny.At("killed/checkpoints"), ".unfinished-*"));
    }

    [Theory]
    [InlineData(ToolProcess.Interrupt)]
    [InlineData(ToolProcess.Terminate)]
    public async Task A_signal_finishes_the_step_saves_and_says_how_to_resume(int signal)
    {
        string output = $"signalled-{signal}";
        string[] settings = ["--max-steps", "8", "--threads", "1"];
        using var process = await ToolHost.HoldAt(UpdateStart, 3, [.. tiny.Train(output), .. settings]);
        Assert.Equal(0, ToolProcess.SendSignal(process.Id, signal));
        Assert.Equal(Interruption.Message, await process.StandardError.ReadLineAsync());
        await ToolHost.LetGoWhenCancelled(process);
        var (code, error) = await EndOf(process);

        Assert.True(code == 130, error);
        Assert.True(error.Contains("asft: interrupted after step 3", StringComparison.Ordinal), error);
        Assert.Contains("--resume", error, StringComparison.Ordinal);
        Assert.Empty(await process.StandardOutput.ReadToEndAsync());
        Assert.Equal(
            ["checkpoints", "config.yaml", "report.html", "training_log.jsonl"], Directory.GetFileSystemEntries(tiny.At(output)).Select(Path.GetFileName).Order());
        await ToolRun.Done([.. tiny.Train(output), .. settings, "--resume"]);
        await ToolRun.Done([.. tiny.Train($"{output}-unbroken"), .. settings]);
        AssertSameAdapter($"{output}-unbroken", output);
    }

    [Theory]
    [InlineData(ToolProcess.Interrupt, UpdateStart)]
    [InlineData(ToolProcess.Terminate, UpdateStart)]
    [InlineData(ToolProcess.Terminate, LastFileWritten)]
    public async Task A_second_signal_ends_the_run_in_the_middle_of_a_step_or_save_and_harms_no_checkpoint(int signal, string point)
    {
        string output = $"twice-{signal}-{point.Length}";
        string[] settings = ["--max-steps", "3", "--save-steps", "1", "--threads", "1", "--samples", "0"];
        using var process = await ToolHost.HoldAt(point, 2, [.. tiny.Train(output), .. settings]);
        Assert.Equal(0, ToolProcess.SendSignal(process.Id, signal));
        Assert.Equal(Interruption.Message, await process.StandardError.ReadLineAsync());
        Assert.Equal(0, ToolProcess.SendSignal(process.Id, signal));
        var (code, error) = await EndOf(process);

        Assert.Equal(128 + signal, code);
        Assert.Empty(error);
        string[] found = [.. Directory.GetDirectories(tiny.At($"{output}/checkpoints")).Select(path => Path.GetFileName(path)!)];
        Assert.Equal(["step-00000001"], found.Where(name => name[0] != '.'));
        Assert.Equal(point == LastFileWritten ? 2 : 1, found.Length);
        var resumed = await ToolRun.Done([.. tiny.Train(output), .. settings, "--resume"]);
        Assert.DoesNotContain("damaged", resumed.Error, StringComparison.Ordinal);
        await ToolRun.Done([.. tiny.Train($"{output}-unbroken"), .. settings]);
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
        Assert.True(lines.Count(l => l.Contains("could not be saved, but the run continues. The latest checkpoint is that of step", StringComparison.Ordinal)) > 3, error);
        Assert.Contains("step 40/40", error, StringComparison.Ordinal);
        Assert.Contains("rc 1", lines);
        Assert.Contains(lines, l => l.StartsWith("step-000000", StringComparison.Ordinal));
        Assert.True(!error.Contains("LEFT", StringComparison.Ordinal), error);
        AssertSameAdapter("roomy", "copied");
        Assert.Equal(40, File.ReadLines(tiny.At("copied/training_log.jsonl")).Count());
    }

    private static async Task<(int ExitCode, string Error)> EndOf(Process process)
    {
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, error);
    }

    // The last step that a process told to be done.
    private static int LastStep(string error) => error.Split('\n').Where(line => line.StartsWith("step ", StringComparison.Ordinal))
        .Select(line => int.Parse(line["step ".Length..line.IndexOf('/', StringComparison.Ordinal)], CultureInfo.InvariantCulture)).Append(0).Max();

    private void AssertSameAdapter(string expected, string actual) => Assert.Equal(
        File.ReadAllBytes(tiny.At($"{expected}/adapter_model.safetensors")), File.ReadAllBytes(tiny.At($"{actual}/adapter_model.safetensors")));
}
