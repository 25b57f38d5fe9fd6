using System.Globalization;
using System.Net;
using System.Text;

namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>
/// A line chart as SVG. The page's style sheet sets the colours: the line and the marks of curve i have the class <c>c</c>i, and its band also has the
/// class <c>band</c>. samples/TrainingDynamics compiles this file too, through a link.
/// </summary>
internal static class SvgChart
{
    private const int Width = 560;
    private const int Height = 276;
    private const int Left = 72;
    private const int Right = 12;
    private const int Top = 12;
    private const int Bottom = 44;

    /// <summary>Draws curves in one chart.</summary>
    /// <returns>A <c>figure</c> element; empty if there is nothing to draw.</returns>
    public static string Of(string title, string unit, params Curve[] curves) => Of(title, unit, isShare: false, curves);

    /// <summary>Draws curves in one chart.</summary>
    /// <param name="title">The title of the chart.</param>
    /// <param name="unit">The unit of the values.</param>
    /// <param name="isShare">Whether the values are shares. The axis then goes from 0 to 100 %.</param>
    /// <param name="curves">The curves.</param>
    /// <returns>A <c>figure</c> element; empty if there is nothing to draw.</returns>
    public static string Of(string title, string unit, bool isShare, params Curve[] curves)
    {
        Curve[] drawn = [.. curves.Where(c => c.Points.Any(p => double.IsFinite(p.Y))).Select(c => c.Downsampled())];
        if (drawn.Length == 0)
        {
            return "";
        }

        var points = drawn.SelectMany(c => c.Points).Where(p => double.IsFinite(p.Y)).ToArray();
        var x = new Axis(Math.Min(0, points.Min(p => p.X)), points.Max(p => p.X), Left, Width - Right);
        double top = drawn.Max(Highest);
        var y = isShare
            ? new Axis(0, 1, Height - Bottom, Top)
            : new Axis(Floor(points.Min(p => p.Y), top), top, Height - Bottom, Top);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<figure><figcaption>{Text(title)} <span>{Text(unit)}</span>{Legend(drawn)}</figcaption>");
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Text(title)}\">");
        foreach (double tick in y.Ticks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y.At(tick):F1}\" y2=\"{y.At(tick):F1}\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"y\" x=\"{Left - 8}\" y=\"{y.At(tick) + 5:F1}\">{(isShare ? $"{100 * tick:0} %" : y.Label(tick))}</text>");
        }

        foreach (double tick in x.Ticks)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"x\" x=\"{x.At(tick):F1}\" y=\"{Height - Bottom + 20}\">{x.Label(tick)}</text>");
        }

        svg.Append(CultureInfo.InvariantCulture, $"<text class=\"x\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\">step</text>");

        for (int i = 0; i < drawn.Length; i++)
        {
            AppendBand(svg, drawn[i], i, x, y);
            AppendCurve(svg, drawn[i], i, x, y);
        }

        return svg.Append("</svg></figure>\n").ToString();
    }

    // The axis begins at zero, unless the curves would then look flat.
    private static double Floor(double low, double high) => low > high / 2 ? low - ((high - low) / 10) : Math.Min(0, low);

    private static double Highest(Curve curve) => curve.Points
        .Select((p, i) => p.Y + (curve.Deviations?[i] ?? 0)).Where(double.IsFinite).Max();

    private static void AppendBand(StringBuilder svg, Curve curve, int number, Axis x, Axis y)
    {
        if (curve.Deviations is not { } deviations)
        {
            return;
        }

        var edges = curve.Points.Select((p, i) => (p.X, Up: p.Y + deviations[i], Down: p.Y - deviations[i])).Where(p => double.IsFinite(p.Up)).ToArray();
        string outline = string.Join(' ', edges.Select(p => Place(p.X, p.Up)).Concat(edges.Reverse().Select(p => Place(p.X, p.Down))));
        svg.Append(CultureInfo.InvariantCulture, $"<polygon class=\"band c{number}\" points=\"{outline}\"/>");

        string Place(double at, double value) => string.Create(CultureInfo.InvariantCulture, $"{x.At(at):F1},{y.At(y.Clamp(value)):F1}");
    }

    private static void AppendCurve(StringBuilder svg, Curve curve, int number, Axis x, Axis y)
    {
        var path = new StringBuilder();
        bool isDown = false;
        foreach (var (stepOf, value) in curve.Points)
        {
            if (double.IsFinite(value))
            {
                path.Append(CultureInfo.InvariantCulture, $"{(isDown ? 'L' : 'M')}{x.At(stepOf):F1} {y.At(value):F1}");
            }

            isDown = double.IsFinite(value);
        }

        svg.Append(CultureInfo.InvariantCulture, $"<path class=\"curve c{number}\" d=\"{path}\"/>");

        // A line with a single point is invisible, so the point gets a mark.
        bool hasMarks = curve.HasMarks || curve.Points.Count(p => double.IsFinite(p.Y)) == 1;
        foreach (var (stepOf, value) in curve.Points.Where(p => hasMarks && double.IsFinite(p.Y)))
        {
            svg.Append(
                CultureInfo.InvariantCulture,
                $"<circle class=\"mark c{number}\" cx=\"{x.At(stepOf):F1}\" cy=\"{y.At(value):F1}\" r=\"3.5\"><title>step {stepOf:F0}: {value:G5}</title></circle>");
        }
    }

    private static string Legend(Curve[] curves) => curves.Length < 2 ? "" : string.Concat(
        curves.Select((c, i) => $"<span class=\"key\"><i class=\"c{i}\"></i>{Text(c.Name)}</span>"));

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    /// <summary>Maps values to coordinates and chooses round numbers for the labels.</summary>
    private sealed class Axis
    {
        private readonly double _low;
        private readonly double _high;
        private readonly double _from;
        private readonly double _to;
        private readonly double _spacing;

        public Axis(double low, double high, double from, double to)
        {
            (_low, _high, _from, _to) = (low, high > low ? high : low + 1, from, to);
            _spacing = RoundSpacing((_high - _low) / 5);
        }

        public IEnumerable<double> Ticks
        {
            get
            {
                for (double i = Math.Ceiling(_low / _spacing); i * _spacing <= _high * (1 + 1e-9); i++)
                {
                    yield return (i * _spacing) + 0.0;    // turns −0 into 0
                }
            }
        }

        public double At(double value) => _from + ((value - _low) / (_high - _low) * (_to - _from));

        public double Clamp(double value) => Math.Clamp(value, _low, _high);

        public string Label(double tick) => Math.Abs(tick) is >= 1e5 or (> 0 and < 1e-3)
            ? tick.ToString("0.#e0", CultureInfo.InvariantCulture)
            : tick.ToString("#,0.####", CultureInfo.InvariantCulture);

        // 1, 2 or 5 times a power of ten.
        private static double RoundSpacing(double spacing)
        {
            double power = Math.Pow(10, Math.Floor(Math.Log10(spacing)));
            return power * (spacing / power) switch
            {
                <= 1 => 1,
                <= 2 => 2,
                <= 5 => 5,
                _ => 10,
            };
        }
    }
}
