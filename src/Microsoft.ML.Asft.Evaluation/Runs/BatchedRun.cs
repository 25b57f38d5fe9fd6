using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>
/// Evaluates items a batch at a time. The batches do not depend on interruptions, so the results do not
/// either. With several workers, worker r takes batches r, r + N, r + 2N, ….
/// </summary>
internal static class BatchedRun
{
    /// <summary>Evaluates the items that an earlier run has not done yet.</summary>
    /// <param name="kind">The kind of evaluation, such as <c>math</c>.</param>
    /// <param name="model">The identity of the model.</param>
    /// <param name="inputs">The inputs.</param>
    /// <param name="options">The options; it uses the folder, the batch size, the workers, the progress and the cancellation.</param>
    /// <param name="settings">Further options that the items depend on.</param>
    /// <param name="evaluate">Evaluates a batch that begins at an index.</param>
    /// <param name="score">The score whose mean progress shows.</param>
    /// <returns>All items, in order.</returns>
    public static IReadOnlyList<TItem> Complete<TInput, TItem>(
        string kind, string model, IReadOnlyList<TInput> inputs, EvaluationOptions options, JsonObject settings,
        Func<int, TInput[], IReadOnlyList<TItem>> evaluate, Func<TItem, double> score)
    {
        inputs = options.MaxItems is { } most ? [.. inputs.Take(most)] : inputs;
        var run = new JsonObject
        {
            ["evaluation"] = kind,
            ["model"] = model,
            ["items"] = inputs.Count,
            ["data"] = Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(inputs, RunJson.Line))),
            ["batch_size"] = options.BatchSize,
            ["seed"] = options.Seed,
        };
        foreach (var (name, value) in settings)
        {
            run[name] = value?.DeepClone();
        }

        var workers = options.Workers;
        var (rank, size) = (workers?.Rank ?? 0, workers?.Size ?? 1);
        workers.RequireSame(run.ToDictionary(item => item.Key, item => $"{item.Value}"));
        using var log = workers.RunOnAll(Open);
        if (size > 1)
        {
            log.TakeOver(workers.AllGatherObject(rank == 0 ? log.Text : "")[0]);
        }

        double sum = log.Items.Sum(score);
        Report();
        while (log.Items.Count < inputs.Count)
        {
            workers.ThrowIfCancelled(options.CancellationToken);
            int start = log.Items.Count + (rank * options.BatchSize);
            TInput[] batch = [.. inputs.Skip(start).Take(options.BatchSize)];
            var own = workers.RunOnAll(() => batch.Length == 0 ? [] : evaluate(start, batch));
            TItem[] items = [.. workers.AllGatherObject(own).SelectMany(part => part)];
            workers.RunOnAll(() => log.Append(items));
            sum += items.Sum(score);
            Report();
        }

        return log.Items;

        // The first worker keeps it in the folder.
        ItemLog<TItem> Open()
        {
            var opened = ItemLog<TItem>.Open(rank == 0 ? options.OutputFolder : null, run);
            opened.Truncate(Math.Min(
                opened.Items.Count == inputs.Count ? inputs.Count : opened.Items.Count / options.BatchSize * options.BatchSize, inputs.Count));
            return opened;
        }

        void Report()
        {
            if (rank == 0)
            {
                options.Progress?.Report(new EvaluationProgress(log.Items.Count, inputs.Count, sum / log.Items.Count));
            }
        }
    }
}
