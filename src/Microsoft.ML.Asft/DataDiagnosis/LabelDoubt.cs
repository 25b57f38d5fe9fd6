namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>
/// How doubtful the labels of each row are beside those of other rows. The score of a row is
/// <code>Σ max(0, d − σ) / √(Σσ² + 1)</code>
/// summed over its labels. d is −log p − H, what a label costs beyond what the model expects at that place: H is the entropy of its prediction, and σ the standard
/// deviation of −log p under the model. If the model is right about its own uncertainty, few labels are far beyond σ. So a row that is hard throughout is not doubtful,
/// and the divisor makes long rows comparable with short ones. Where p &lt; 0.01 and other rows have the same two labels before, those are witnesses: it counts d multiplied by
/// 1 − s, where s is the share of them that have the same label, because a form that the model does not know is unlikely in all rows alike; and where most of them agree
/// on another label, the log of how many times more often they have that one is added.
/// </summary>
internal static class LabelDoubt
{
    // A row is flagged where it stands out from the set (median + 4 deviations) and from what the model itself would expect (4 deviations).
    private const double Deviations = 4;
    private const double DeviationOfMedian = 1.4826;    // of the median of distances, to the deviation of a normal distribution
    private const double Surprising = 0.01;
    private const int FewestWitnesses = 5;
    private const double Agreement = 0.6;

    /// <summary>Scores rows.</summary>
    /// <returns>The scores; for each row the place of its most doubtful label; and the lowest score that is flagged.</returns>
    public static (double[] Scores, int[] Places, double Limit) Of(IReadOnlyList<LabelFact[]> rows)
    {
        var witnesses = WitnessesOf(rows);
        double[] scores = new double[rows.Count];
        int[] places = new int[rows.Count];
        for (int row = 0; row < rows.Count; row++)
        {
            (double sum, double variance, double worst) = (0, 1, double.NegativeInfinity);
            for (int place = 0; place < rows[row].Length; place++)
            {
                var fact = rows[row][place];
                double excess = -fact.LogProbability - fact.Entropy;
                double doubt = fact.Probability < Surprising && witnesses[ContextOf(rows[row], place)] is { Total: > FewestWitnesses } others
                    ? others.Weigh(excess, fact.Label)
                    : Math.Max(0, excess - Math.Sqrt(fact.Variance));
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

    private static Dictionary<(int, int), Witnesses> WitnessesOf(IReadOnlyList<LabelFact[]> rows)
    {
        var all = new Dictionary<(int, int), Witnesses>();
        foreach (var row in rows)
        {
            for (int place = 0; place < row.Length; place++)
            {
                var context = ContextOf(row, place);
                if (!all.TryGetValue(context, out var witnesses))
                {
                    all.Add(context, witnesses = new Witnesses());
                }

                witnesses.Add(row[place].Label);
            }
        }

        return all;
    }

    // The two labels before.
    private static (int, int) ContextOf(LabelFact[] row, int place) =>
        (place > 1 ? row[place - 2].Label : -1, place > 0 ? row[place - 1].Label : -1);

    private static double MedianOf(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    // The labels that follow the same two labels.
    private sealed class Witnesses
    {
        private readonly Dictionary<int, int> _counts = [];
        private KeyValuePair<int, int>[]? _mostFrequent;    // two, of which one is not the label in question

        public int Total { get; private set; }

        public void Add(int label)
        {
            _counts[label] = _counts.GetValueOrDefault(label) + 1;
            Total++;
        }

        // One of them is the label in question itself.
        public double Weigh(double excess, int label)
        {
            double others = Total - 1;
            double same = _counts[label] - 1;
            _mostFrequent ??= [.. _counts.OrderByDescending(count => count.Value).Take(2)];
            double most = _mostFrequent.Where(other => other.Key != label).Select(other => other.Value).DefaultIfEmpty().Max();
            return (excess * (1 - (same / others))) + (most >= Agreement * others ? Math.Log(most / (same + 0.5)) : 0);
        }
    }
}
