namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What the legend calls it.</param>
/// <param name="Points">Step and value, by rising steps; values that are not finite leave a gap.</param>
/// <param name="HasMarks">Whether each point is marked, as few of them should be.</param>
/// <param name="Deviations">For each point how far a band around the line reaches above and below it; <see langword="null"/> for no band.</param>
internal sealed record Curve(
    string Name, IReadOnlyList<(double X, double Y)> Points, bool HasMarks = false, IReadOnlyList<double>? Deviations = null)
{
    // More points than a screen has columns would only make the page heavy.
    private const int MostPoints = 400;

    /// <summary>The curve as means over equal shares of its points, where there are too many; one with a band stays as it is.</summary>
    public Curve Thinned()
    {
        if (Points.Count <= MostPoints || Deviations is not null)
        {
            return this;
        }

        var means = Enumerable.Range(0, MostPoints)
            .Select(i => Points.Take((i * Points.Count / MostPoints)..((i + 1) * Points.Count / MostPoints)).Where(p => double.IsFinite(p.Y)).ToArray())
            .Where(share => share.Length > 0)
            .Select(share => (share.Average(p => p.X), share.Average(p => p.Y)));
        return this with { Points = [.. means] };
    }

    /// <summary>The curve as a running mean, for steps that are noisy.</summary>
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
