using Microsoft.ML.Asft.Objectives;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Training;
using Microsoft.ML.Asft.Training.Distributed;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Training.Distributed;

public sealed class WorkerGroupTests : FitFixture
{
    [Fact]
    public void Texts_of_any_length_come_in_order_of_rank()
    {
        var results = ThreadWorkers.Run(3, workers => (workers.Gather(new string('ü', workers.Rank * 1000)), workers.OfFirst($"{workers.Rank}")));
        Assert.All(results, result =>
        {
            Assert.Null(result.Error);
            Assert.Equal(["", new string('ü', 1000), new string('ü', 2000)], result.Result.Item1);
            Assert.Equal("0", result.Result.Item2);
        });
    }

    [Fact]
    public void Where_one_fails_all_do_and_say_who_it_was()
    {
        var results = ThreadWorkers.Run(3, workers => workers.AbortOnFailure(() => workers.RunOnAll(() =>
            workers.Rank == 1 ? throw new InvalidDataException("row 7 is empty") : workers.Rank)));
        Assert.Equal("row 7 is empty", Assert.IsType<InvalidDataException>(results[1].Error).Message);
        Assert.Equal("Worker 1 failed: row 7 is empty", Assert.IsType<InvalidOperationException>(results[0].Error).Message);
        Assert.Equal("Worker 1 failed: row 7 is empty", Assert.IsType<InvalidOperationException>(results[2].Error).Message);
    }

    [Fact]
    public void One_that_fails_where_the_others_do_not_know_of_it_ends_the_job()
    {
        var results = ThreadWorkers.Run(3, workers => workers.AbortOnFailure(() =>
        {
            if (workers.Rank == 2)
            {
                throw new InvalidDataException("row 7 is empty");
            }

            workers.Barrier();
            return 0;
        }));
        Assert.IsType<InvalidDataException>(results[2].Error);
        Assert.All(results.Take(2), result => Assert.Equal("The job was ended by worker 2: row 7 is empty.", result.Error!.Message));
    }

    [Fact]
    public void Every_difference_between_workers_is_named_with_those_who_have_it()
    {
        var results = ThreadWorkers.Run(3, workers =>
        {
            WorkerConsistency.Check(workers, new() { ["Seed"] = workers.Rank == 2 ? "4" : "3", ["Order"] = "Shuffled" });
            return 0;
        });
        Assert.All(results, result => Assert.Contains(
            ": Seed is 3 for workers 0, 1 and 4 for worker 2. ", Assert.IsType<InvalidOperationException>(result.Error).Message, StringComparison.Ordinal));
        Assert.All(
            ThreadWorkers.Run(3, workers =>
            {
                WorkerConsistency.Check(workers, new() { ["Seed"] = "3" });
                return 0;
            }),
            result => Assert.Null(result.Error));
    }

    [Fact]
    public void One_cancelled_worker_stops_all_after_the_same_step_and_it_is_saved()
    {
        var results = ThreadWorkers.Run(3, workers =>
        {
            using var source = new CancellationTokenSource();
            int batches = 0;
            var options = Options("cancelled");
            options.MaxSteps = 1000;
            options.Runtime.Workers = workers;
            options.CancellationToken = source.Token;
            options.Loss.TokenObjective = new Calling(() =>
            {
                if (workers.Rank == 1 && ++batches == 5)
                {
                    source.Cancel();
                }
            });
            return new MLContext(seed: 1).Transforms.AsftFineTune(options).Fit(Data());
        });
        var errors = results.Select(result => Assert.IsType<AsftInterruptedException>(result.Error)).ToArray();
        Assert.Single(errors.Select(error => error.Step).Distinct());
        Assert.All(errors, error => Assert.True(Directory.Exists(error.CheckpointFolder)));
    }

    [Fact]
    public void A_checkpoint_that_cannot_be_written_stops_no_worker()
    {
        Directory.CreateDirectory(At("full"));
        File.WriteAllText(At("full", "checkpoints"), "in the way");
        var warnings = new System.Collections.Concurrent.ConcurrentQueue<(int Rank, string Text)>();
        var results = ThreadWorkers.Run(2, workers =>
        {
            var mlContext = new MLContext(seed: 1);
            mlContext.Log += (_, e) =>
            {
                if (e.Kind == Runtime.ChannelMessageKind.Warning)
                {
                    warnings.Enqueue((workers.Rank, e.RawMessage));
                }
            };
            var options = Options("full");
            options.Runtime.Workers = workers;
            return WeightsOf(mlContext.Transforms.AsftFineTune(options).Fit(Data()));
        });
        Assert.Equal(results[0].Result!, results[1].Result!);
        Assert.All(results, result => Assert.Null(result.Error));
        Assert.NotEmpty(warnings);
        Assert.All(warnings, warning => Assert.Equal(0, warning.Rank));
        Assert.Contains(warnings, warning => warning.Text.Contains("could not be saved", StringComparison.Ordinal));
    }

    [Fact]
    public void Completions_and_measurements_are_those_of_one()
    {
        var options = Options();
        options.Generation.BatchSize = 1;
        options.Generation.Temperature = 1;
        options.Generation.Seed = 5;
        using var alone = Fit(options);
        string[] expected = Completions(alone, options.OutputColumnName);
        double loss = alone.Evaluate(Data()).Sft;
        string folder = At("adapter");
        alone.SaveAdapter(folder);
        var results = ThreadWorkers.Run(3, workers =>
        {
            var own = Options();
            (own.AdapterPath, own.Runtime.Workers, own.Generation) = (folder, workers, options.Generation);
            using var model = new MLContext(seed: 1).Model.LoadAsft(own);
            return (Completions(model, own.OutputColumnName), model.Evaluate(Data()).Sft);
        });
        Assert.All(results, result =>
        {
            Assert.Null(result.Error);
            Assert.Equal(expected, result.Result.Item1);
            Assert.Equal(loss, result.Result.Sft, 1e-9);
        });
    }

    // More rows than all workers complete at once.
    private string[] Completions(AsftTransformer model, string column)
    {
        var rows = MLContext.Data.LoadFromEnumerable(Enumerable.Range(0, 17).Select(i => new Demonstration { Instruction = $"{i}+1", Response = "?" }));
        var completed = model.Transform(rows);
        using var cursor = completed.GetRowCursor([completed.Schema[column]]);
        var getter = cursor.GetGetter<ReadOnlyMemory<char>>(completed.Schema[column]);
        var texts = new List<string>();
        while (cursor.MoveNext())
        {
            ReadOnlyMemory<char> text = default;
            getter(ref text);
            texts.Add(text.ToString());
        }

        return [.. texts];
    }

    private sealed class Calling(Action call) : TokenObjective
    {
        private readonly AnchoredObjective _inner = AnchoredObjective.For(AsftObjective.Dft, 0, KlDirection.Forward);

        public override bool NeedsReference => false;

        public override TokenLosses Evaluate(
            Tensor logProbabilities, Tensor? referenceLogProbabilities, Tensor labels)
        {
            call();
            return _inner.Evaluate(logProbabilities, referenceLogProbabilities, labels);
        }
    }
}
