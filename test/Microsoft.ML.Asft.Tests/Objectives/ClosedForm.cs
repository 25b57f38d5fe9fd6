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
}
