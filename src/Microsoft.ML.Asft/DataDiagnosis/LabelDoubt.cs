namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>
/// How doubtful the labels of each row are beside those of other rows. The score of a row is
/// <code>Σ(−log p − H − b + c) / √(ΣV + 1)</code>
/// summed over its labels. −log p − H is what a label costs beyond what the model expects at that place, so that a row that is hard throughout is not doubtful
/// for that. b is what the same label costs so in other rows: a word of a form that the model does not know is strange in every row alike. c speaks where other
/// rows continue the same words, nearly always, with another label than this row. V is the variance of −log p under the model, which makes long rows
/// comparable with short ones: were the model right about its own uncertainty, the first part would have mean 0 and variance 1.
/// </summary>
internal static class LabelDoubt
{
    // A row is flagged where it stands out from the set (median + 4 deviations) and from what the model itself would expect (4 deviations).
    private const double Deviations = 4;
    private const double DeviationOfMedian = 1.4826;    // of the median of distances, to the deviation of a normal distribution

    // Other rows speak where so many of them have the same words before, and such a share of those goes on alike.
    private const int FewestWitnesses = 5;
    private const double Agreement = 0.6;

    /// <summary>Scores rows.</summary>
    /// <returns>The scores; for each row the place of its most doubtful label; and the lowest score that is flagged.</returns>
    public static (double[] Scores, int[] Places, double Limit) Of(IReadOnlyList<LabelFact[]> rows)
    {
        var usual = UsualExcess(rows);
        var continuations = Continuations(rows);
        double[] scores = new double[rows.Count];
        int[] places = new int[rows.Count];
        for (int row = 0; row < rows.Count; row++)
        {
            (double sum, double variance, double worst) = (0, 1, double.NegativeInfinity);
            for (int place = 0; place < rows[row].Length; place++)
            {
                var fact = rows[row][place];
                var (total, count) = usual[fact.Label];
                double excess = Excess(fact);
                double doubt = excess - (count > 1 ? (total - excess) / (count - 1) : 0) + Contradiction(continuations[ContextOf(rows[row], place)], fact.Label);
                sum += doubt;
                variance += fact.Variance;
                if (doubt > worst)
                {
                    (worst, places[row]) = (doubt, place);
                }
            }

            scores[row] = sum / Math.Sqrt(variance);
        }

        double median = MedianOf(scores);
        double deviation = DeviationOfMedian * MedianOf([.. scores.Select(score => Math.Abs(score - median))]);
        return (scores, places, Math.Max(Deviations, median + (Deviations * deviation)));
    }

    private static double Excess(LabelFact fact) => -fact.LogProbability - fact.Entropy;

    private static Dictionary<int, (double Total, int Count)> UsualExcess(IReadOnlyList<LabelFact[]> rows)
    {
        var sums = new Dictionary<int, (double Total, int Count)>();
        foreach (var fact in rows.SelectMany(row => row))
        {
            var (total, count) = sums.GetValueOrDefault(fact.Label);
            sums[fact.Label] = (total + Excess(fact), count + 1);
        }

        return sums;
    }

    private static Dictionary<(int, int), Dictionary<int, int>> Continuations(IReadOnlyList<LabelFact[]> rows)
    {
        var counts = new Dictionary<(int, int), Dictionary<int, int>>();
        foreach (var row in rows)
        {
            for (int place = 0; place < row.Length; place++)
            {
                var context = ContextOf(row, place);
                if (!counts.TryGetValue(context, out var labels))
                {
                    counts.Add(context, labels = []);
                }

                labels[row[place].Label] = labels.GetValueOrDefault(row[place].Label) + 1;
            }
        }

        return counts;
    }

    // log of how much oftener others have their label than this one.
    private static double Contradiction(Dictionary<int, int> labels, int label)
    {
        int others = labels.Values.Sum() - 1;
        int same = labels[label] - 1;
        int most = labels.Where(other => other.Key != label).Select(other => other.Value).DefaultIfEmpty().Max();
        return others >= FewestWitnesses && most >= Agreement * others ? Math.Log(most / (same + 0.5)) : 0;
    }

    // The two labels before.
    private static (int, int) ContextOf(LabelFact[] row, int place) =>
        (place > 1 ? row[place - 2].Label : -1, place > 0 ? row[place - 1].Label : -1);

    private static double MedianOf(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
