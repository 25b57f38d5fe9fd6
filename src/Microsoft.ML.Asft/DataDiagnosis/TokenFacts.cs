namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>How well the base model predicts the labelled tokens.</summary>
public sealed record TokenFacts
{
    /// <summary>Gets the mean of −log p(label), in nats.</summary>
    public required double CrossEntropy { get; init; }

    /// <summary>Gets the cross-entropy of the same labels under their own frequencies, in nats: what a model needs that knows only how often each token occurs.</summary>
    public required double UnigramEntropy { get; init; }

    /// <summary>Gets the share of labels that are the model's likeliest token, 0 to 1.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Gets p(label) at the 1st, 5th, 25th, 50th, 75th, 95th and 99th percentile.</summary>
    public required IReadOnlyList<double> ProbabilityPercentiles { get; init; }

    /// <summary>Gets the share of labels with p below 1/e, 0 to 1. There ASFT's loss, p·(−log p), rises at first while a label is learnt.</summary>
    public required double BelowInverseE { get; init; }

    /// <summary>Gets the share of labels with p below 0.01, 0 to 1. A p-weighted loss hardly sees them.</summary>
    public required double BelowHundredth { get; init; }

    /// <summary>Gets the tokens by their probability, from unlikely to likely, and where each objective's first gradient comes from.</summary>
    public required IReadOnlyList<ProbabilityBin> Bins { get; init; }

    /// <summary>Gets the share of SFT's first gradient that comes from labels with p below 0.01, 0 to 1. Flagged rows are left out.</summary>
    public required double SurpriseShare { get; init; }

    internal static TokenFacts Of(IReadOnlyList<LabelFact[]> rows, Func<int, bool> isFlagged)
    {
        LabelFact[] all = [.. rows.SelectMany(row => row)];
        LabelFact[] trusted = [.. rows.Where((_, row) => !isFlagged(row)).SelectMany(row => row)];
        double[] sorted = [.. all.Select(fact => fact.Probability).Order()];
        double Below(double limit) => sorted.Count(p => p < limit) / (double)sorted.Length;
        return new TokenFacts
        {
            CrossEntropy = -all.Average(fact => (double)fact.LogProbability),
            UnigramEntropy = -all.CountBy(fact => fact.Label).Sum(label => label.Value * Math.Log((double)label.Value / all.Length)) / all.Length,
            Accuracy = all.Count(fact => fact.Label == fact.Likeliest) / (double)all.Length,
            ProbabilityPercentiles = [.. new[] { 1, 5, 25, 50, 75, 95, 99 }.Select(percent => sorted[(sorted.Length - 1) * percent / 100])],
            BelowInverseE = Below(1 / Math.E),
            BelowHundredth = Below(0.01),
            Bins = BinsOf(all),
            SurpriseShare = Share(trusted, fact => fact.Probability < 0.01, fact => fact.GradientNorm),
        };
    }

    private static ProbabilityBin[] BinsOf(LabelFact[] all)
    {
        double[] edges = [0, 1e-4, 1e-3, 0.01, 0.1, 1 / Math.E, 0.9, 1];
        return [.. edges.Zip(edges.Skip(1), (from, to) =>
        {
            bool IsIn(LabelFact fact) => fact.Probability >= from && (fact.Probability < to || to == 1);
            return new ProbabilityBin
            {
                From = from,
                To = to,
                Tokens = Share(all, IsIn, _ => 1),
                Sft = Share(all, IsIn, fact => fact.GradientNorm),
                Asft = Share(all, IsIn, fact => fact.Probability * fact.GradientNorm),
                Eaft = Share(all, IsIn, fact => fact.EntropyGate * (double)fact.GradientNorm),
            };
        })];
    }

    private static double Share(LabelFact[] facts, Func<LabelFact, bool> isIn, Func<LabelFact, double> weight)
    {
        double total = facts.Sum(weight);
        return total > 0 ? facts.Where(isIn).Sum(weight) / total : 0;
    }
}
