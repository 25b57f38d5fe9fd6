namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>A line of a chart.</summary>
/// <param name="Name">The name in the legend.</param>
/// <param name="Points">Steps and values, in the order of the steps. A value that is not finite leaves a gap.</param>
/// <param name="HasMarks">Whether each point has a mark, for curves with few points.</param>
/// <param name="Deviations">
/// The half-width of a band around the line at each point; <see langword="null"/> for no band.
/// </param>
internal sealed record Curve(
    string Name, IReadOnlyList<(double X, double Y)> Points, bool HasMarks = false, IReadOnlyList<double>? Deviations = null)
{
    // More points than a screen has columns would only make the page larger.
    private const int MaxPoints = 400;

    /// <summary>Reduces the number of points if there are too many: each new point is a mean of neighbours. A curve with a band is not changed.</summary>
    public Curve Downsampled()
    {
        if (Points.Count <= MaxPoints || Deviations is not null)
        {
            return this;
        }

        var means = Enumerable.Range(0, MaxPoints)
            .Select(i => Points.Take((i * Points.Count / MaxPoints)..((i + 1) * Points.Count / MaxPoints)).Where(p => double.IsFinite(p.Y)).ToArray())
            .Where(share => share.Length > 0)
            .Select(share => (share.Average(p => p.X), share.Average(p => p.Y)));
        return this with { Points = [.. means] };
    }

    /// <summary>Returns a running mean of the curve, for noisy values.</summary>
    public Curve Smoothed(string name)
    {
        double weight = Math.Max(0.05, 20.0 / Math.Max(20, Points.Count));
        double? mean = null;
        var points = new List<(double, double)>();
        foreach (var (x, y) in Points.Where(p => double.IsFinite(p.Y)))
        {
            mean = mean is { } m ? m + (weight * (y - m)) : y;
            points.Add((x, mean.Value));
        }

        return this with { Name = name, Points = points };
    }
}
