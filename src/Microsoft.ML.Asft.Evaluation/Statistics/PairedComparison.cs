using System.Globalization;

namespace Microsoft.ML.Asft.Evaluation.Statistics;

/// <summary>A comparison of two models' scores on the same items, item by item.</summary>
/// <remarks>
/// Pairing removes the difficulty of the items, which both models share. So it shows differences that two separate intervals hide.
/// </remarks>
public sealed record PairedComparison
{
    // Enough for a stable third digit of the ends of a 95 % interval.
    private const int Resamples = 10_000;

    /// <summary>Gets the number of items.</summary>
    public required int Count { get; init; }

    /// <summary>Gets the mean score of the model.</summary>
    public required double Mean { get; init; }

    /// <summary>Gets the mean score of the model that it is compared with.</summary>
    public required double BaseMean { get; init; }

    /// <summary>Gets the mean difference: above 0 if the model is better than the other one.</summary>
    public required double Difference { get; init; }

    /// <summary>Gets the lower end of the difference's 95 % interval, by a bootstrap over the items.</summary>
    public required double Lower { get; init; }

    /// <summary>Gets the upper end of the difference's 95 % interval, by a bootstrap over the items.</summary>
    public required double Upper { get; init; }

    /// <summary>Gets the number of items on which the model is better.</summary>
    public required int Better { get; init; }

    /// <summary>Gets the number of items on which the model is worse.</summary>
    public required int Worse { get; init; }

    /// <summary>
    /// Gets the p-value of McNemar's exact test, two-sided: the probability of a split of <see cref="Better"/> and
    /// <see cref="Worse"/> at least this uneven if the models are equally good.
    /// </summary>
    public required double PValue { get; init; }

    /// <summary>Compares scores of the same items in the same order.</summary>
    /// <param name="scores">The scores of the model, 0 to 1 each.</param>
    /// <param name="baseScores">The scores of the other model.</param>
    /// <param name="seed">The seed of the bootstrap.</param>
    /// <exception cref="ArgumentException">Their numbers differ, or they are empty.</exception>
    public static PairedComparison Of(IReadOnlyList<double> scores, IReadOnlyList<double> baseScores, int seed = 42)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(baseScores);
        if (scores.Count != baseScores.Count || scores.Count == 0)
        {
            throw new ArgumentException(
                $"There are {scores.Count} scores to compare with {baseScores.Count}; both must be of the same items, at least one.",
                nameof(baseScores));
        }

        double[] differences = [.. scores.Zip(baseScores, (own, other) => own - other)];
        int better = differences.Count(d => d > 0);
        int worse = differences.Count(d => d < 0);
        (double lower, double upper) = Bootstrap(differences, seed);
        return new PairedComparison
        {
            Count = differences.Length,
            Mean = scores.Average(),
            BaseMean = baseScores.Average(),
            Difference = differences.Average(),
            Lower = lower,
            Upper = upper,
            Better = better,
            Worse = worse,
            PValue = McNemar(better, worse),
        };
    }

    /// <summary>Writes it as <c>+3.1 points (95 % interval +0.8 to +5.4, better at 41, worse at 7 of 1099, p = 1e-06)</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{100 * Difference:+0.0;-0.0;0.0} points (95 % interval {100 * Lower:+0.0;-0.0;0.0} to {100 * Upper:+0.0;-0.0;0.0}, "
        + $"better at {Better}, worse at {Worse} of {Count}, McNemar's p = {PValue:G2})");

    /// <summary>The exact two-sided test: a split of b + c fair coins at least as uneven as b and c.</summary>
    internal static double McNemar(int b, int c)
    {
        int n = b + c;
        double logTerm = -n * Math.Log(2);       // of no heads
        double tail = Math.Exp(logTerm);
        for (int heads = 1; heads <= Math.Min(b, c); heads++)
        {
            logTerm += Math.Log((n - heads + 1.0) / heads);
            tail += Math.Exp(logTerm);
        }

        return Math.Min(1, 2 * tail);
    }

    private static (double Lower, double Upper) Bootstrap(double[] differences, int seed)
    {
        var random = new Random(seed);
        double[] means = new double[Resamples];
        for (int i = 0; i < Resamples; i++)
        {
            double sum = 0;
            for (int j = 0; j < differences.Length; j++)
            {
                sum += differences[random.Next(differences.Length)];
            }

            means[i] = sum / differences.Length;
        }

        Array.Sort(means);
        return (Quantile(means, 0.025), Quantile(means, 0.975));
    }

    private static double Quantile(double[] sorted, double share)
    {
        double at = share * (sorted.Length - 1);
        int below = (int)at;
        return sorted[below] + ((at - below) * (sorted[Math.Min(below + 1, sorted.Length - 1)] - sorted[below]));
    }
}
