using Microsoft.ML.Asft.Evaluation.Statistics;

namespace Microsoft.ML.Asft.Evaluation.ExactMatch;

/// <summary>The share of rows that a model completes to exactly their response.</summary>
public sealed class ExactMatchMetrics
{
    internal ExactMatchMetrics(IReadOnlyList<ExactMatchItem> items, int samples)
    {
        Items = items;
        Accuracy = Proportion.Of(items, item => item.Correct);
        SampledAccuracy = samples == 0 ? null : Proportion.OfScores([.. items.Select(item => item.SampledCorrect / (double)samples)]);
    }

    /// <summary>Gets the share of greedy completions that equal the response.</summary>
    public Proportion Accuracy { get; }

    /// <summary>
    /// Gets the mean share of a row's sampled completions that equal the response; <see langword="null"/> if there are none.
    /// </summary>
    public Proportion? SampledAccuracy { get; }

    /// <summary>Gets the items, in the order of the rows.</summary>
    public IReadOnlyList<ExactMatchItem> Items { get; }

    /// <summary>Compares the greedy accuracy with that of another model on the same rows.</summary>
    /// <param name="other">The other model's metrics.</param>
    /// <exception cref="ArgumentException">They belong to other rows.</exception>
    public PairedComparison CompareTo(ExactMatchMetrics other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return PairedComparison.Of([.. Items.Select(Score)], [.. other.Items.Select(Score)]);

        static double Score(ExactMatchItem item) => item.Correct ? 1 : 0;
    }
}
