using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Tests.Objectives;

/// <summary>The losses in plain float64 arithmetic.</summary>
internal static class ClosedForm
{
    public static double[] LogSoftmax(double[] hidden, double[][] head, Func<double, double>? transform = null)
    {
        double[] logits = [.. head.Select(row => row.Zip(hidden, (w, h) => w * h).Sum()).Select(transform ?? (x => x))];
        double logSum = Math.Log(logits.Sum(Math.Exp));
        return [.. logits.Select(x => x - logSum)];
    }

    public static double Loss(double[] logP, double[] logQ, long label, double weight, double klWeight, KlDirection direction)
    {
        double kl = direction == KlDirection.Forward
            ? logP.Zip(logQ, (p, q) => Math.Exp(q) * (q - p)).Sum()
            : logP.Zip(logQ, (p, q) => Math.Exp(p) * (p - q)).Sum();
        return (-weight * logP[label]) + (klWeight * kl);
    }

    /// <summary>The weight of each token, α and clipping aside.</summary>
    /// <param name="objective">The objective.</param>
    /// <param name="logP">The model's log-probabilities, a row for each token.</param>
    /// <param name="logQ">The reference's.</param>
    /// <param name="labels">The tokens' labels.</param>
    /// <param name="lengths">How many of them each sequence has.</param>
    public static double[] Weights(AsftObjective objective, double[][] logP, double[][] logQ, long[] labels, int[] lengths)
    {
        int[] sequenceOf = [.. lengths.SelectMany((length, sequence) => Enumerable.Repeat(sequence, length))];
        return [.. labels.Select((label, i) => objective switch
        {
            AsftObjective.Dft or AsftObjective.Asft => Math.Exp(logP[i][label]),
            AsftObjective.Eaft => TopEntropy(logP[i]) / Math.Log(20),
            AsftObjective.IwSft => Math.Exp(Enumerable.Range(0, labels.Length).Where(j => sequenceOf[j] == sequenceOf[i])
                .Average(j => logP[j][labels[j]] - logQ[j][labels[j]])),
            _ => 1,
        })];
    }

    private static double TopEntropy(double[] logP)
    {
        double[] top = [.. logP.OrderDescending().Take(20).Select(Math.Exp)];
        double sum = top.Sum();
        return top.Sum(p => -p / sum * Math.Log(p / sum));
    }
}
