using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>The options of all evaluations.</summary>
public abstract class EvaluationOptions
{
    /// <summary>
    /// Gets or sets a folder for the run: <c>items.jsonl</c>, a line for each item as soon as it is done, and <c>run.json</c>, the run's
    /// settings. A run that is started again with the same folder resumes where it stopped.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: nothing is written.</value>
    public string? OutputFolder { get; set; }

    /// <summary>Gets or sets the number of items in one forward pass.</summary>
    /// <value>1 or more. The default value is 8.</value>
    [Range(1, 4096)]
    public int BatchSize { get; set; } = 8;

    /// <summary>Gets or sets the number of items to take, starting with the first.</summary>
    /// <value>1 or more, or <see langword="null"/> for all. The default value is <see langword="null"/>.</value>
    [Range(1, int.MaxValue)]
    public int? MaxItems { get; set; }

    /// <summary>Gets or sets the seed of all random choices.</summary>
    /// <value>The default value is 42.</value>
    public int Seed { get; set; } = 42;

    /// <summary>Gets or sets the receiver of progress reports.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    public IProgress<EvaluationProgress>? Progress { get; set; }

    /// <summary>
    /// Gets or sets the processes that evaluate together: every one of them evaluates the same model on the same data with the same options,
    /// computes a part of the items and gets all of them. The first writes and reports.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: this process alone.</value>
    public IWorkerGroup? Workers { get; set; }

    /// <summary>Gets or sets the token that stops the run, between two batches, with an <see cref="OperationCanceledException"/>.</summary>
    /// <value>The default value is <see cref="CancellationToken.None"/>.</value>
    public CancellationToken CancellationToken { get; set; }
}
