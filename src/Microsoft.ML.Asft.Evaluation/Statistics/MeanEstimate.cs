using System.Globalization;

namespace Microsoft.ML.Asft.Evaluation.Statistics;

/// <summary>A mean with its standard error.</summary>
/// <param name="Value">The mean.</param>
/// <param name="StandardError">Its standard error: the values' standard deviation over the root of their number; NaN for one value.</param>
/// <param name="Count">The number of values.</param>
public readonly record struct MeanEstimate(double Value, double StandardError, int Count)
{
    /// <summary>Converts to the mean.</summary>
    public static implicit operator double(MeanEstimate estimate) => estimate.Value;

    /// <summary>Takes the mean of values.</summary>
    public static MeanEstimate Of(IReadOnlyCollection<double> values)
    {
        ArgumentNullException.ThrowIfNull(values);
        double mean = values.Average();
        double variance = values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1);
        return new MeanEstimate(mean, Math.Sqrt(variance / values.Count), values.Count);
    }

    /// <summary>Writes it as <c>0.213 ± 0.012 (n = 280)</c>, the standard error after the sign.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value:G4} ± {StandardError:G2} (n = {Count})");
}
