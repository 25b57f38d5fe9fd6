using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>What befalls workers: they are killed, stopped, interrupted, late, of different minds.</summary>
public sealed partial class LifeTests(LifeTests.Unbroken unbroken) : IClassFixture<LifeTests.Unbroken>, IDisposable
{
    private readonly TinyModel _model = new();

    public void Dispose() => _model.Dispose();

    [MpiFact]
    public async Task A_run_of_which_a_worker_is_killed_five_times_ends_in_the_same_bytes()
    {
        (int Victim, string Point)[] kills =
        [
            (1, "start asft.step"), (0, "start asft.update"), (1, "start asft.update"), (0, "stop asft.file.write manifest.json"),
            (0, "start asft.checkpoint.delete"),
        ];
        foreach (var (victim, point) in kills)
        {
            using var run = MpiRun.Start(
                2, Train("killed", "save=1", "resume=yes", $"do@{victim}=die", $"at@{victim}={point}", $"count@{victim}=2"));
            var (code, output, error) = await run.End();
            Assert.True(code != 0, $"worker {victim} did not come to '{point}'\n{output}");
            Assert.Matches($"process rank {victim} .* exited on signal 9", error);
        }

        string rest = await MpiRun.Done(2, Train("killed", "save=1", "resume=yes"));
        Assert.Equal(unbroken.Hash, HashIn(rest));
        Assert.DoesNotContain("warns", rest, StringComparison.Ordinal);
        Assert.DoesNotContain("step 4\n", rest, StringComparison.Ordinal);
        Assert.Equal(Unbroken.Steps, File.ReadLines(At("killed/training_log.jsonl")).Count());
    }

    [MpiTheory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_stopped_worker_is_named_and_ends_the_job(int victim)
    {
        using var run = MpiRun.Start(2, Train($"stopped-{victim}", "steps=100000", "silence=3"));
        await run.NumberAfter("step ");
        run.SignalWorker(victim, MpiRun.Stop);
        var (code, _, error) = await run.End();
        Assert.NotEqual(0, code);
        Assert.Matches($"asft: worker {victim} on .* has sent no heartbeat for 4 s", error);
    }

    [MpiFact]
    public async Task A_worker_that_keeps_the_others_waiting_is_named_and_ends_the_job()
    {
        using var run = MpiRun.Start(
            3, Train("late", "do@1=hang", "at@1=start asft.update", "count@1=2", "operation=2", $"clock={At("hangs")}"));
        var (code, _, error) = await run.End();
        Assert.NotEqual(0, code);
        Assert.Matches(@"asft: worker 1 on .* is missing where worker [02] has waited for \d+ s", error);
    }

    [MpiFact]
    public async Task A_worker_that_fails_in_mid_step_says_why_and_ends_the_job()
    {
        using var run = MpiRun.Start(2, Train("failing", "do@1=fail", "at@1=start asft.update", "count@1=2"));
        var (code, _, error) = await run.End();
        Assert.NotEqual(0, code);
        Assert.Matches("asft: worker 1 on .* cannot continue: this row is bad", error);
        Assert.DoesNotContain("no heartbeat", error, StringComparison.Ordinal);
    }

    // Open MPI 4 waits so many seconds from Ctrl-C to SIGTERM, and as many to SIGKILL.
    [MpiFact]
    public async Task An_interrupted_mpirun_saves_and_goes_on_from_there()
    {
        string[] held = ["do=wait", "at=start asft.update", "count=3"];
        using (var run = MpiRun.Start(["--mca", "odls_base_sigkill_timeout", "8"], 2, Train("interrupted", ["save=1000", .. held])))
        {
            Assert.Equal(1, await run.NumberAfter("step "));
            Assert.Equal(2, await run.NumberAfter("step "));
            run.Signal(MpiRun.Interrupt);
            var (code, _, error) = await run.End();
            Assert.True(code != 0, error);
        }

        Assert.Equal("step-00000003", Path.GetFileName(Assert.Single(Directory.GetDirectories(At("interrupted/checkpoints")))));
        Assert.Equal(3, File.ReadLines(At("interrupted/training_log.jsonl")).Count());
        string output = await MpiRun.Done(2, Train("interrupted", "save=1000", "resume=yes"));
        Assert.Equal(unbroken.Hash, HashIn(output));
        Assert.DoesNotContain("step 3\n", output, StringComparison.Ordinal);
    }

    [MpiFact]
    public async Task Workers_that_disagree_do_not_begin_and_say_in_what()
    {
        using var other = new TinyModel(seed: 4);
        (string Difference, string Message)[] cases =
        [
            ("rate@1=0.5", "LearningRate is 0.002 for workers 0, 2 and 0.5 for worker 1"),
            ("rows@2=20", "the training data is .* for workers 0, 1 and .* for worker 2"),
            ($"model@1={other.Path}", "the model is .* for workers 0, 2 and .* for worker 1"),
            ("model@1=/nowhere", "There is no folder '/nowhere'"),
        ];
        using var run = MpiRun.Start(3, InTurn([.. cases.Select(item => Train("none", item.Difference))]));
        var (code, output, error) = await run.End();
        Assert.NotEqual(0, code);
        foreach (int rank in Enumerable.Range(0, 3))
        {
            string[] refusals = [.. output.Split('\n').Where(line => line.StartsWith($"worker {rank} refuses: ", StringComparison.Ordinal))];
            Assert.Equal(cases.Length, refusals.Length);
            Assert.All(cases.Zip(refusals), pair => Assert.Matches(pair.First.Message, pair.Second));
        }

        Assert.DoesNotContain("MPI_ABORT", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("none")));
    }

    [MpiFact]
    public async Task A_run_goes_on_with_another_number_of_workers()
    {
        await MpiRun.Done(3, Train("moved", "steps=6", "full=yes"));
        string output = await MpiRun.Done(2, Train("moved", "steps=9", "full=yes", "resume=yes"));
        Assert.Contains("worker 0 warns: The resumed run has other settings than the run that wrote the checkpoint: the number of steps was 6 and is 9; "
            + "the number of workers was 3 and is 2", output, StringComparison.Ordinal);
        Assert.DoesNotContain("worker 1 warns", output, StringComparison.Ordinal);
        Assert.Equal(HashesIn(output)[0], HashesIn(output)[1]);
        Assert.Equal(9, File.ReadLines(At("moved/training_log.jsonl")).Count());
        Assert.DoesNotContain("step 6\n", output, StringComparison.Ordinal);
    }

    [MpiFact]
    public async Task A_divided_run_goes_on_to_the_same_bytes_and_with_another_number_of_workers()
    {
        WorkerSharding[] shardings = [WorkerSharding.Optimizer, WorkerSharding.Parameters];
        string[] expected = HashesOf(0, await MpiRun.Done(2, InTurn([.. shardings.Select(s => Divided(s))])));
        foreach (int workers in new[] { 2, 3 })
        {
            foreach (var sharding in shardings)
            {
                Directory.Delete(At($"{sharding}/checkpoints/step-00000010"), recursive: true);
            }

            string output = await MpiRun.Done(workers, InTurn([.. shardings.Select(s => Divided(s, "resume=yes"))]));
            Assert.DoesNotContain("step 5\n", output, StringComparison.Ordinal);
            Assert.Equal(2, output.Split("step 6\n").Length - 1);
            Assert.Equal(2, HashesOf(0, output).Length);
            Assert.All(Enumerable.Range(1, workers - 1), rank => Assert.Equal(HashesOf(0, output), HashesOf(rank, output)));
            if (workers == 2)
            {
                Assert.Equal(expected, HashesOf(0, output));
            }
        }

        string[] Divided(WorkerSharding sharding, params string[] more) =>
            Train($"{sharding}", ["steps=10", "full=yes", $"sharding={sharding}", .. more]);
    }

    [MpiFact]
    public async Task Stopping_early_with_the_best_model_is_the_same_for_all()
    {
        string output = await MpiRun.Done(3, Train("early", "steps=400", "validate=1", "patience=2", "rate=0.05"));
        Assert.Single(HashesIn(output).Distinct());
        Assert.Single(StepsIn(output).Distinct());
        Assert.InRange(StepsIn(output)[0], 1, 399);
        Assert.True(File.Exists(At("early/report.html")));
    }

    [MpiFact]
    public async Task A_cached_reference_in_a_file_is_one_for_all_and_found_again()
    {
        string cache = At("reference.bin");
        string first = await MpiRun.Done(3, Train("cached", $"cache={cache}"));
        byte[] content = File.ReadAllBytes(cache);
        var written = File.GetLastWriteTimeUtc(cache);
        string again = await MpiRun.Done(2, Train("again", $"cache={cache}"));
        Assert.Equal(written, File.GetLastWriteTimeUtc(cache));
        Assert.Equal(content, File.ReadAllBytes(cache));
        Assert.Single(HashesIn(first).Distinct());
        Assert.Equal(unbroken.Hash, HashIn(again));
        Assert.Equal([cache], Directory.EnumerateFiles(_model.Folder));
    }

    private string[] Train(string output, params string[] settings) => Train(_model, output, settings);

    private static string[] Train(TinyModel model, string output, params string[] settings) =>
        ["train", .. settings, $"steps={Unbroken.Steps}", $"model={model.Path}", $"output={Path.Combine(model.Folder, output)}"];

    // Trainings that follow each other in the same processes.
    private static string[] InTurn(params string[][] trainings) =>
        [.. trainings.SelectMany((training, i) => i == 0 ? training : training.Skip(1).Prepend(Worker.Next))];

    private string At(string name) => Path.Combine(_model.Folder, name);

    private static string HashIn(string output) => HashesIn(output)[0];

    private static string[] HashesIn(string output) => [.. HashLine().Matches(output).Select(match => match.Groups[1].Value)];

    // What a worker has after each training.
    private static string[] HashesOf(int rank, string output) => [.. HashLine().Matches(output)
        .Where(match => match.Value.StartsWith($"worker {rank} ", StringComparison.Ordinal)).Select(match => match.Groups[1].Value)];

    private static int[] StepsIn(string output) =>
        [.. HashLine().Matches(output).Select(match => int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture))];

    /// <summary>The run of two workers that others must end like: whatever happens to them, the model and the data are the same.</summary>
    public sealed class Unbroken : IAsyncLifetime
    {
        public const int Steps = 14;

        public string Hash { get; private set; } = "";

        public async Task InitializeAsync()
        {
            if (MpiRun.WhyMissing is null)
            {
                using var model = new TinyModel();
                Hash = HashIn(await MpiRun.Done(2, Train(model, "unbroken")));
            }
        }

        public Task DisposeAsync() => Task.CompletedTask;
    }

    [GeneratedRegex(@"worker \d+ has ([0-9a-f]{64}) after (\d+) steps")]
    private static partial Regex HashLine();
}
