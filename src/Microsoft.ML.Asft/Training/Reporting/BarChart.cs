using System.Globalization;
using System.Text;

namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>Draws shares as groups of bars. The page's style sheet has the colours.</summary>
internal static class BarChart
{
    private const int Width = 560;
    private const int Height = 276;
    private const int Left = 56;
    private const int Right = 12;
    private const int Top = 24;
    private const int Bottom = 44;
    private const double Gap = 0.2;     // of a group's width

    /// <summary>Draws a chart.</summary>
    /// <param name="title">The title.</param>
    /// <param name="unit">What the shares are shares of.</param>
    /// <param name="axis">The label of the axis of groups.</param>
    /// <param name="groups">The names of the groups.</param>
    /// <param name="series">Each series: a name, and a share from 0 to 1 for each group.</param>
    /// <returns>The HTML of a <c>figure</c>.</returns>
    public static string Of(string title, string unit, string axis, IReadOnlyList<string> groups, params (string Name, IReadOnlyList<double> Shares)[] series)
    {
        var svg = new StringBuilder();
        string key = series.Length < 2 ? "" : string.Concat(series.Select((s, i) => $"<span class=\"key\"><i class=\"c{i}\"></i>{ReportPage.Text(s.Name)}</span>"));
        svg.Append(CultureInfo.InvariantCulture, $"<figure><figcaption>{ReportPage.Text(title)} <span>{ReportPage.Text(unit)}</span>{key}</figcaption>");
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{ReportPage.Text(title)}\">");
        for (int percent = 0; percent <= 100; percent += 25)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{At(percent / 100.0):F1}\" y2=\"{At(percent / 100.0):F1}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"y\" x=\"{Left - 8}\" y=\"{At(percent / 100.0) + 5:F1}\">{percent} %</text>");
        }

        double group = (Width - Left - Right) / (double)groups.Count;
        double bar = group * (1 - Gap) / series.Length;
        for (int i = 0; i < groups.Count; i++)
        {
            double start = Left + (i * group) + (group * Gap / 2);
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"x\" x=\"{Left + ((i + 0.5) * group):F1}\" y=\"{Height - Bottom + 18}\">{ReportPage.Text(groups[i])}</text>");
            for (int s = 0; s < series.Length; s++)
            {
                double share = series[s].Shares[i];
                svg.Append(
                    CultureInfo.InvariantCulture,
                    $"<path class=\"bar c{s}\" d=\"M{start + (s * bar):F1} {At(0):F1}V{At(share):F1}h{bar - 1:F1}V{At(0):F1}Z\"><title>{ReportPage.Text(series[s].Name)}, {ReportPage.Text(groups[i])}: {100 * share:0.#} %</title></path>");
            }
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"x\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\">{ReportPage.Text(axis)}</text>");
        return svg.Append("</svg></figure>\n").ToString();
    }

    private static double At(double share) => Height - Bottom - (Math.Clamp(share, 0, 1) * (Height - Bottom - Top));
}
