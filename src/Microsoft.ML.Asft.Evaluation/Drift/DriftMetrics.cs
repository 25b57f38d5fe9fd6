using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Evaluation.Statistics;

namespace Microsoft.ML.Asft.Evaluation.Drift;

/// <summary>The drift of a model from its base, and its prediction of responses: over all tokens, and as the mean over rows.</summary>
/// <remarks>Over tokens, long rows count more. Over rows, each row counts the same; intervals are over rows.</remarks>
public sealed class DriftMetrics
{
    internal DriftMetrics(IReadOnlyList<DriftItem> items)
    {
        Items = items;
        Tokens = items.Sum(item => (long)item.Tokens.Count);
        Kl = items.Sum(item => item.Kl.Sum(x => (double)x)) / Tokens;
        Perplexity = Math.Exp(-items.Sum(item => item.LogProbability.Sum(x => (double)x)) / Tokens);
        BasePerplexity = Math.Exp(-items.Sum(item => item.BaseLogProbability.Sum(x => (double)x)) / Tokens);
        TokenAccuracy = (double)items.Sum(item => (long)item.Correct) / Tokens;
        KlPerExample = MeanEstimate.Of([.. items.Select(item => item.Kl.Average(x => (double)x))]);
        CrossEntropyPerExample = MeanEstimate.Of([.. items.Select(item => -item.LogProbability.Average(x => (double)x))]);
        TokenAccuracyPerExample = MeanEstimate.Of([.. items.Select(item => (double)item.Correct / item.Tokens.Count)]);
        ExactlyPredicted = Proportion.Of(items, item => item.Correct == item.Tokens.Count);
    }

    /// <summary>Gets the number of response tokens.</summary>
    public long Tokens { get; }

    /// <summary>Gets the mean divergence from the base over all tokens, in nats.</summary>
    public double Kl { get; }

    /// <summary>Gets exp of the mean of −log p over all tokens.</summary>
    public double Perplexity { get; }

    /// <summary>Gets the base's perplexity on the same tokens.</summary>
    public double BasePerplexity { get; }

    /// <summary>Gets the share of all tokens that were the likeliest.</summary>
    public double TokenAccuracy { get; }

    /// <summary>Gets the mean over rows of a row's mean divergence, in nats.</summary>
    public MeanEstimate KlPerExample { get; }

    /// <summary>Gets the mean over rows of a row's mean of −log p, in nats; exp of it is the perplexity per example.</summary>
    public MeanEstimate CrossEntropyPerExample { get; }

    /// <summary>Gets the mean over rows of the share of a row's tokens that were the likeliest.</summary>
    public MeanEstimate TokenAccuracyPerExample { get; }

    /// <summary>Gets the share of rows in which every token was the likeliest.</summary>
    public Proportion ExactlyPredicted { get; }

    /// <summary>Gets the items, in the order of the rows.</summary>
    public IReadOnlyList<DriftItem> Items { get; }

    /// <summary>Reads the result of a run from its <see cref="EvaluationOptions.OutputFolder"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InvalidDataException">It has no items, or items of another evaluation.</exception>
    public static DriftMetrics Load(string folder) => new(RunFolder.Items<DriftItem>(folder));
}
