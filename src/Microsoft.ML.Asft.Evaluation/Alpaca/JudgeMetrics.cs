using Microsoft.ML.Asft.Evaluation.Statistics;

namespace Microsoft.ML.Asft.Evaluation.Alpaca;

/// <summary>The win rates of a model's answers against those of another model.</summary>
public sealed class JudgeMetrics
{
    internal JudgeMetrics(IReadOnlyList<JudgeItem> items)
    {
        Items = items;
        var judged = items.Where(item => item.Preference is not null).ToArray();
        Judged = new Proportion(judged.Length, items.Count);
        double[] preferences = [.. judged.Select(item => item.Preference!.Value)];
        if (preferences.Length > 0)
        {
            WinRate = MeanEstimate.Of(preferences);
            DiscreteWinRate = Proportion.OfScores([.. preferences.Select(p => p > 0.5 ? 1 : p < 0.5 ? 0 : 0.5)]);
            LengthControlledWinRate = LengthControl.WinRate(preferences, [.. judged.Select(item => (double)item.BaseLength - item.Length)]);
        }
    }

    /// <summary>Gets the mean preference, weighted by the judge's certainty if it gives one, with its standard error.</summary>
    public MeanEstimate WinRate { get; } = new(double.NaN, double.NaN, 0);

    /// <summary>Gets the share of pairs in which the model's answer is preferred, a tie counting half.</summary>
    public Proportion DiscreteWinRate { get; } = new(0, 0);

    /// <summary>
    /// Gets the win rate that a logistic regression predicts for answers of equal length (Dubois et al., arXiv 2404.04475), with the
    /// terms for
    /// the model and for the length, <c>length_controlled_minimal</c> of AlpacaEval.
    /// </summary>
    public double LengthControlledWinRate { get; } = double.NaN;

    /// <summary>Gets the share of pairs with a verdict.</summary>
    public Proportion Judged { get; }

    /// <summary>Gets the items, in the order of the model's answers.</summary>
    public IReadOnlyList<JudgeItem> Items { get; }
}
