using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Evaluation;

/// <summary>
/// Goes through items a batch at a time. Batches are the same whether a run goes through at once or in pieces, so that what is
/// computed is too.
/// </summary>
internal static class BatchedRun
{
    /// <summary>Evaluates what an earlier run has not done yet.</summary>
    /// <param name="kind">What is evaluated, such as <c>math</c>.</param>
    /// <param name="model">What tells the model from others.</param>
    /// <param name="inputs">What is evaluated.</param>
    /// <param name="options">Of these the folder, the batch size, the progress and the cancellation are used.</param>
    /// <param name="settings">Further options that the items depend on.</param>
    /// <param name="evaluate">Evaluates a batch that begins at an index.</param>
    /// <param name="score">What progress shows the mean of.</param>
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

        var log = ItemLog<TItem>.Open(options.OutputFolder, run);
        log.Truncate(Math.Min(
            log.Items.Count == inputs.Count ? inputs.Count : log.Items.Count / options.BatchSize * options.BatchSize, inputs.Count));
        double sum = log.Items.Sum(score);
        Report();
        while (log.Items.Count < inputs.Count)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            int start = log.Items.Count;
            var items = evaluate(start, [.. inputs.Skip(start).Take(options.BatchSize)]);
            log.Append(items);
            sum += items.Sum(score);
            Report();
        }

        return log.Items;

        void Report() => options.Progress?.Report(new EvaluationProgress(log.Items.Count, inputs.Count, sum / log.Items.Count));
    }
}
