using Microsoft.ML.Asft.Evaluation.Runs;
using Microsoft.ML.Asft.Evaluation.Statistics;

namespace Microsoft.ML.Asft.Evaluation.MultipleChoice;

/// <summary>The results of a model on multiple-choice questions.</summary>
public sealed class MultipleChoiceMetrics
{
    internal MultipleChoiceMetrics(IReadOnlyList<MultipleChoiceItem> items)
    {
        Items = items;
        Accuracy = Proportion.Of(items, item => item.Correct);
        Answered = Proportion.Of(items, item => item.Choice is not null);
        AccuracyBySubject = items.Where(item => item.Subject is not null).GroupBy(item => item.Subject!)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => Proportion.Of([.. group], item => item.Correct));
        LogLoss = items.Average(item => item.Probabilities is { } p ? -Math.Log(p[item.Answer - 'A']) : double.NaN);
    }

    /// <summary>Gets the share of right choices.</summary>
    public Proportion Accuracy { get; }

    /// <summary>Gets the share of right choices of each subject, if the rows have one.</summary>
    public IReadOnlyDictionary<string, Proportion> AccuracyBySubject { get; }

    /// <summary>Gets the share of questions with a choice; only a written answer can lack one.</summary>
    public Proportion Answered { get; }

    /// <summary>Gets the mean of −log of the right option's probability among the options, in nats; NaN of written answers.</summary>
    public double LogLoss { get; }

    /// <summary>Gets the items, in the order of the rows.</summary>
    public IReadOnlyList<MultipleChoiceItem> Items { get; }

    /// <summary>Reads the result of a run from its <see cref="EvaluationOptions.OutputFolder"/>.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InvalidDataException">It has no items, or items of another evaluation.</exception>
    public static MultipleChoiceMetrics Load(string folder) => new(RunFolder.Items<MultipleChoiceItem>(folder));

    /// <summary>Compares the accuracy with that of another model on the same questions.</summary>
    /// <param name="other">The other model's metrics.</param>
    /// <exception cref="ArgumentException">They belong to other questions.</exception>
    public PairedComparison CompareTo(MultipleChoiceMetrics other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return PairedComparison.Of([.. Items.Select(Score)], [.. other.Items.Select(Score)]);

        static double Score(MultipleChoiceItem item) => item.Correct ? 1 : 0;
    }
}
