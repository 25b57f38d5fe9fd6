using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Training;

namespace Microsoft.ML.Asft.Estimation;

/// <summary>How much data goes through a run.</summary>
/// <param name="Rows">The number of rows; <see langword="null"/> without data.</param>
/// <param name="TokensPerRow">The mean length.</param>
/// <param name="LabelsPerRow">The mean number of labels.</param>
/// <param name="LargestBatchTokens">The tokens of the largest batch.</param>
/// <param name="LargestBatchLabels">Its labels.</param>
internal sealed record RunShape(int? Rows, double TokensPerRow, double LabelsPerRow, long LargestBatchTokens, long LargestBatchLabels)
{
    /// <summary>The shape without data: every row has the maximum length, and all its tokens are labelled.</summary>
    public static RunShape Of(AsftOptions options) => new(
        null, options.MaxLength, options.MaxLength - 1, (long)options.BatchSize * options.MaxLength, (long)options.BatchSize * (options.MaxLength - 1));

    /// <summary>The shape of a run over examples.</summary>
    public static RunShape Of(AsftOptions options, IReadOnlyList<EncodedExample> examples)
    {
        // The rows of a batch have similar lengths, so the longest rows may be in one batch.
        var longest = examples.OrderByDescending(TrainingBatch.InputLength).Take(options.BatchSize).ToArray();
        return new(
            examples.Count, examples.Average(e => (double)TrainingBatch.InputLength(e)), examples.Average(e => (double)TrainingBatch.LabelCount(e)),
            longest.Sum(e => (long)TrainingBatch.InputLength(e)), longest.Sum(e => (long)TrainingBatch.LabelCount(e)));
    }
}
