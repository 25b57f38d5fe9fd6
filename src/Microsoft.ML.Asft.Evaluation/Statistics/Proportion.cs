using System.Globalization;

namespace Microsoft.ML.Asft.Evaluation.Statistics;

/// <summary>A share of items, such as an accuracy, with its counts and its 95 % interval.</summary>
/// <param name="Successes">The number of successes; a fraction if an item can succeed partly, such as in 3 of its 16 samples.</param>
/// <param name="Count">The number of items.</param>
public readonly record struct Proportion(double Successes, int Count)
{
    // The 97.5 % quantile of the normal distribution.
    private const double Z = 1.959963984540054;

    /// <summary>Gets the share, 0 to 1; NaN without items.</summary>
    public double Value => Successes / Count;

    /// <summary>Gets the lower end of the 95 % Wilson score interval.</summary>
    public double Lower => Math.Max(0, Centre - HalfWidth);

    /// <summary>Gets the upper end of the 95 % Wilson score interval.</summary>
    public double Upper => Math.Min(1, Centre + HalfWidth);

    private double Centre => (Value + (Z * Z / (2 * Count))) / (1 + (Z * Z / Count));

    private double HalfWidth =>
        Z / (1 + (Z * Z / Count)) * Math.Sqrt((Value * (1 - Value) / Count) + (Z * Z / (4.0 * Count * Count)));

    /// <summary>Converts to the share.</summary>
    public static implicit operator double(Proportion proportion) => proportion.Value;

    /// <summary>Counts the items that satisfy a predicate.</summary>
    public static Proportion Of<T>(IReadOnlyCollection<T> items, Func<T, bool> holds) => new(items.Count(holds), items.Count);

    /// <summary>Takes the mean of the items' scores, from 0 to 1.</summary>
    public static Proportion OfScores(IReadOnlyCollection<double> scores) => new(scores.Sum(), scores.Count);

    /// <summary>Writes it as <c>71.9 % (95 % interval 63.5 to 79.0 %, n = 128)</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{100 * Value:F1} % (95 % interval {100 * Lower:F1} to {100 * Upper:F1} %, n = {Count})");
}
