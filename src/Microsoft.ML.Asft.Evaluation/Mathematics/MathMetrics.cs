using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Evaluation.Statistics;

namespace Microsoft.ML.Asft.Evaluation.Mathematics;

/// <summary>The results of a model on mathematical problems: greedy, and over samples if there are any.</summary>
public sealed class MathMetrics
{
    internal MathMetrics(IReadOnlyList<MathItem> items)
    {
        Items = items;
        Accuracy = Proportion.Of(items, item => item.Greedy.Correct);
        Answered = Proportion.Of(items, item => item.Greedy.Answer is not null);
        Samples = items.Min(item => item.Samples.Count);
        if (Samples > 0)
        {
            SampledAccuracy = Proportion.OfScores([.. items.Select(MeanScore)]);
            MajorityAccuracy = Proportion.OfScores([.. items.Select(item => item.Majority ?? 0)]);
            PassAtK = PowersOfTwo(Samples).ToDictionary(k => k, k => Proportion.OfScores(
                [.. items.Select(item => SampleScores.PassAtK(item.Samples.Count, item.Samples.Count(s => s.Correct), k))]));
        }
    }

    /// <summary>Gets the share of problems that the greedy solution solves.</summary>
    public Proportion Accuracy { get; }

    /// <summary>Gets the share of greedy solutions that have an answer at all.</summary>
    public Proportion Answered { get; }

    /// <summary>Gets n, the number of samples of each problem; 0 for none.</summary>
    public int Samples { get; }

    /// <summary>
    /// Gets mean@n, the mean share of a problem's samples that solve it; <see langword="null"/> without samples. The interval counts
    /// problems, not samples, because samples of one problem are alike.
    /// </summary>
    public Proportion? SampledAccuracy { get; }

    /// <summary>
    /// Gets maj@n, the accuracy of the most frequent answer of a problem's samples; <see langword="null"/> without samples.
    /// </summary>
    public Proportion? MajorityAccuracy { get; }

    /// <summary>
    /// Gets pass@k by k, 1 to n by powers of two and n itself: the probability that at least one of k samples solves a problem.
    /// </summary>
    public IReadOnlyDictionary<int, Proportion> PassAtK { get; } = new Dictionary<int, Proportion>();

    /// <summary>Gets the items, in the order of the rows.</summary>
    public IReadOnlyList<MathItem> Items { get; }

    /// <summary>Reads the result of a run from its <see cref="EvaluationOptions.OutputFolder"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InvalidDataException">It has no items, or items of another evaluation.</exception>
    public static MathMetrics Load(string folder) => new(RunFolder.Items<MathItem>(folder));

    /// <summary>Compares the greedy accuracy with that of another model on the same problems.</summary>
    /// <param name="other">The other model's metrics.</param>
    /// <exception cref="ArgumentException">They belong to other problems.</exception>
    public PairedComparison CompareTo(MathMetrics other) => Compare(other, item => item.Greedy.Correct ? 1 : 0);

    /// <summary>Compares mean@n with that of another model on the same problems. Its p-value is then that of the sign test.</summary>
    /// <param name="other">The other model's metrics.</param>
    /// <exception cref="ArgumentException">They belong to other problems, or there are no samples.</exception>
    public PairedComparison CompareSamplesTo(MathMetrics other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Samples > 0 && other.Samples > 0 ? Compare(other, MeanScore)
            : throw new ArgumentException("There are no samples to compare.", nameof(other));
    }

    private PairedComparison Compare(MathMetrics other, Func<MathItem, double> score)
    {
        ArgumentNullException.ThrowIfNull(other);
        return PairedComparison.Of([.. Items.Select(score)], [.. other.Items.Select(score)]);
    }

    private static double MeanScore(MathItem item) => item.Samples.Average(sample => sample.Correct ? 1.0 : 0);

    private static IEnumerable<int> PowersOfTwo(int most)
    {
        for (int k = 1; k < most; k *= 2)
        {
            yield return k;
        }

        yield return most;
    }
}
