using System.Globalization;

namespace TrainingDynamics;

/// <summary>A difference between two settings over the same seeds, which share the order of the data and the new adapters.</summary>
/// <param name="Mean">The mean difference.</param>
/// <param name="Margin">Half the width of its 95 % interval, by Student's t; infinite for one seed.</param>
internal readonly record struct PairedSeeds(double Mean, double Margin)
{
    // The 97.5 % quantiles of Student's t for 1 to 10 degrees of freedom.
    private static readonly double[] Student = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228];

    public static PairedSeeds Of(double[] first, double[] second)
    {
        double[] differences = [.. first.Zip(second, (a, b) => a - b)];
        int n = differences.Length;
        double margin = n < 2 ? double.PositiveInfinity : Quantile(n - 1) * StandardDeviation(differences) / Math.Sqrt(n);
        return new PairedSeeds(differences.Average(), margin);
    }

    public static double StandardDeviation(double[] values)
    {
        double mean = values.Average();
        return values.Length < 2 ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
    }

    /// <summary>Gets the verdict on the claim that the first is larger.</summary>
    public Verdict Verdict => Mean - Margin > 0 ? Verdict.Holds : Mean + Margin < 0 ? Verdict.Not : Verdict.Open;

    public string Show(bool percent) => percent
        ? string.Create(CultureInfo.InvariantCulture, $"{100 * Mean:+0.0;-0.0} ± {100 * Margin:0.0} points")
        : string.Create(CultureInfo.InvariantCulture, $"{Mean:+0.000;-0.000} ± {Margin:0.000} nats");

    private static double Quantile(int freedom) => freedom <= Student.Length ? Student[freedom - 1] : 1.96 + (2.5 / freedom);
}
