using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;

namespace Microsoft.ML.Asft.Mpi.Tests;

/// <summary>What befalls workers: they are killed, stopped, interrupted, late, of different minds.</summary>
public sealed partial class LifeTests : IDisposable
{
    private const int Kills = 10;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly TinyModel _model = new();

    public void Dispose() => _model.Dispose();

    [MpiFact]
    public async Task A_run_of_which_a_worker_is_killed_ten_times_ends_in_the_same_bytes()
    {
        const int steps = 120;
        string expected = HashIn(await MpiRun.Done(2, Train("whole", $"steps={steps}", "save=1")));
        var random = new Random(7);
        for (int kill = 0; kill < Kills; kill++)
        {
            using var run = MpiRun.Start(2, Train("killed", $"steps={steps}", "save=1", "resume=yes"));
            Assert.True(await run.NumberAfter("step ") > 0, "it was done before it could be killed");
            await Task.Delay(TimeSpan.FromMilliseconds(random.NextDouble() * 60));
            int victim = random.Next(2);
            var killed = Stopwatch.StartNew();
            run.SignalWorker(victim, MpiRun.Kill);
            var (code, _, error) = await run.End();
            Assert.InRange(killed.Elapsed, TimeSpan.Zero, Minute);
            Assert.NotEqual(0, code);
            Assert.Matches($"process rank {victim} .* exited on signal 9", error);
        }

        string output = await MpiRun.Done(2, Train("killed", $"steps={steps}", "save=1", "resume=yes"));
        Assert.Equal(expected, HashIn(output));
        Assert.DoesNotContain("warns", output, StringComparison.Ordinal);
        Assert.Equal(steps, File.ReadLines(At("killed/training_log.jsonl")).Count());
    }

    [MpiTheory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_stopped_worker_is_named_and_ends_the_job(int victim)
    {
        using var run = MpiRun.Start(3, Train($"stopped-{victim}", "steps=100000", "silence=3"));
        await run.NumberAfter("step ");
        run.SignalWorker(victim, MpiRun.Stop);
        var stopped = Stopwatch.StartNew();
        var (code, _, error) = await run.End();
        Assert.InRange(stopped.Elapsed, TimeSpan.Zero, Minute);
        Assert.NotEqual(0, code);
        Assert.Matches($"asft: worker {victim} on .* has sent no heartbeat for [345] s", error);
    }

    [MpiFact]
    public async Task A_worker_that_keeps_the_others_waiting_is_named_and_ends_the_job()
    {
        using var run = MpiRun.Start(3, Train("late", "hang@1=5", "operation=3"));
        var (code, _, error) = await run.End();
        Assert.NotEqual(0, code);
        Assert.Matches("asft: worker 1 on .* is missing where worker [02] has waited for [345] s", error);
    }

    [MpiFact]
    public async Task A_worker_that_fails_in_mid_step_says_why_and_ends_the_job()
    {
        using var run = MpiRun.Start(3, Train("failing", "fail@2=5"));
        var (code, _, error) = await run.End();
        Assert.NotEqual(0, code);
        Assert.Matches("asft: worker 2 on .* cannot continue: this row is bad", error);
        Assert.DoesNotContain("no heartbeat", error, StringComparison.Ordinal);
    }

    // Open MPI 4 waits so many seconds from Ctrl-C to SIGTERM, and as many to SIGKILL.
    [MpiFact]
    public async Task An_interrupted_mpirun_saves_and_goes_on_from_there()
    {
        string[] settings = ["steps=300", "save=1000"];
        string expected = HashIn(await MpiRun.Done(2, Train("quiet", settings)));
        using (var run = MpiRun.Start(["--mca", "odls_base_sigkill_timeout", "3"], 2, Train("interrupted", [.. settings, "pause=40"])))
        {
            await run.NumberAfter("step ");
            run.Signal(MpiRun.Interrupt);
            var (code, _, error) = await run.End();
            Assert.True(code != 0, error);
        }

        string saved = Assert.Single(Directory.GetDirectories(At("interrupted/checkpoints")));
        Assert.Equal(File.ReadLines(At("interrupted/training_log.jsonl")).Count(), int.Parse(saved[^8..], CultureInfo.InvariantCulture));
        string output = await MpiRun.Done(2, Train("interrupted", [.. settings, "resume=yes"]));
        Assert.Equal(expected, HashIn(output));
        Assert.DoesNotContain("step 1\n", output, StringComparison.Ordinal);
    }

    [MpiTheory]
    [InlineData("rate@1=0.5", "LearningRate is 0.002 for workers 0, 2 and 0.5 for worker 1")]
    [InlineData("rows@2=20", "the training data is .* for workers 0, 1 and .* for worker 2")]
    [InlineData("model@1=OTHER", "the model is .* for workers 0, 2 and .* for worker 1")]
    [InlineData("model@1=/nowhere", "There is no folder '/nowhere'")]
    public async Task Workers_that_disagree_do_not_begin_and_say_in_what(string difference, string message)
    {
        using var other = new TinyModel(seed: 4);
        using var run = MpiRun.Start(3, Train("none", difference.Replace("OTHER", other.Path, StringComparison.Ordinal)));
        var (code, output, error) = await run.End();
        Assert.NotEqual(0, code);
        Assert.All(Enumerable.Range(0, 3), rank => Assert.Matches($"worker {rank} refuses: .*{message}", output));
        Assert.DoesNotContain("MPI_ABORT", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(At("none")));
    }

    [MpiFact]
    public async Task A_run_goes_on_with_another_number_of_workers()
    {
        await MpiRun.Done(3, Train("moved", "steps=20", "full=yes"));
        string output = await MpiRun.Done(2, Train("moved", "steps=30", "full=yes", "resume=yes"));
        Assert.Contains("worker 0 warns: This is no longer the run that was begun: the number of steps was 20 and is 30; "
            + "the number of workers was 3 and is 2", output, StringComparison.Ordinal);
        Assert.DoesNotContain("worker 1 warns", output, StringComparison.Ordinal);
        Assert.Equal(HashesIn(output)[0], HashesIn(output)[1]);
        Assert.Equal(30, File.ReadLines(At("moved/training_log.jsonl")).Count());
        Assert.DoesNotContain("step 20\n", output, StringComparison.Ordinal);
    }

    [MpiTheory]
    [InlineData(WorkerSharding.Optimizer)]
    [InlineData(WorkerSharding.Parameters)]
    public async Task A_divided_run_goes_on_to_the_same_bytes_and_with_another_number_of_workers(WorkerSharding sharding)
    {
        string[] settings = ["steps=10", "full=yes", $"sharding={sharding}"];
        string last = At("divided/checkpoints/step-00000010");
        string expected = HashIn(await MpiRun.Done(2, Train("divided", settings)));
        foreach (int workers in new[] { 2, 3 })
        {
            Directory.Delete(last, recursive: true);
            string output = await MpiRun.Done(workers, Train("divided", [.. settings, "resume=yes"]));
            Assert.DoesNotContain("step 5\n", output, StringComparison.Ordinal);
            Assert.Contains("step 6\n", output, StringComparison.Ordinal);
            Assert.Single(HashesIn(output).Distinct());
            if (workers == 2)
            {
                Assert.Equal(expected, HashIn(output));
            }
        }
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
        string first = await MpiRun.Done(3, Train("cached", "steps=10", $"cache={cache}"));
        byte[] content = File.ReadAllBytes(cache);
        var written = File.GetLastWriteTimeUtc(cache);
        string again = await MpiRun.Done(2, Train("again", "steps=10", $"cache={cache}"));
        Assert.Equal(written, File.GetLastWriteTimeUtc(cache));
        Assert.Equal(content, File.ReadAllBytes(cache));
        Assert.Single(HashesIn(first).Distinct());
        Assert.Equal(HashIn(again), HashIn(await MpiRun.Done(2, Train("memory", "steps=10"))));
        Assert.Equal([cache], Directory.EnumerateFiles(_model.Folder));
    }

    private string[] Train(string output, params string[] settings) =>
        ["train", .. settings, $"model={_model.Path}", $"output={At(output)}"];

    private string At(string name) => Path.Combine(_model.Folder, name);

    private static string HashIn(string output) => HashesIn(output)[0];

    private static string[] HashesIn(string output) => [.. HashLine().Matches(output).Select(match => match.Groups[1].Value)];

    private static int[] StepsIn(string output) =>
        [.. HashLine().Matches(output).Select(match => int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"worker \d+ has ([0-9a-f]{64}) after (\d+) steps")]
    private static partial Regex HashLine();
}
