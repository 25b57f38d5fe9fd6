using System.Globalization;
using System.Net;
using System.Text;

namespace TrainingDynamics;

/// <summary>Curves with bands of one standard deviation, as SVG.</summary>
internal static class Chart
{
    private const int Width = 560;
    private const int Height = 300;
    private const int Left = 68;
    private const int Right = 14;
    private const int Top = 16;
    private const int Bottom = 40;

    // Okabe and Ito's, which the colour-blind tell apart, the two palest darkened until they show on white; the dashes tell the rest.
    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b07800", "#2f8fca", "#7f7f7f", "#8c564b"];
    private static readonly string[] Dashes = ["none", "7 3", "2 3", "9 3 2 3"];

    /// <summary>Draws a curve for each setting.</summary>
    /// <param name="title">What stands on the axis.</param>
    /// <param name="results">The settings.</param>
    /// <param name="before">The base model's measurement, where all curves begin.</param>
    /// <param name="value">What is drawn.</param>
    /// <param name="percent">Whether it is a share.</param>
    public static string Svg(
        string title, IReadOnlyList<SettingResult> results, Measurement before, Func<Measurement, double> value, bool percent)
    {
        int last = results[0].Steps[^1];
        var curves = results.Select(r => Curve(r, before, value)).ToArray();
        double top = percent ? 1 : Math.Max(1e-9, curves.Max(curve => curve.Max(p => p.Mean + p.Deviation)));
        double tick = Tick(top);
        top = Math.Ceiling(top / tick) * tick;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Encode(title)}\">\n");
        for (double y = 0; y <= top + (tick / 2); y += tick)
        {
            svg.Append(CultureInfo.InvariantCulture,
                $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(y):F1}\" y2=\"{Y(y):F1}\"/>");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{Left - 6}\" y=\"{Y(y) + 4:F1}\" text-anchor=\"end\">{(percent ? $"{100 * y:0} %" : $"{y:0.###}")}</text>\n");
        }

        foreach (int step in results[0].Steps.Prepend(0))
        {
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{X(step):F1}\" x2=\"{X(step):F1}\" y1=\"{Y(0):F1}\" y2=\"{Y(0) + 4:F1}\"/>");
            svg.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{X(step):F1}\" y=\"{Height - Bottom + 16}\" text-anchor=\"middle\">{step}</text>");
        }

        svg.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\" text-anchor=\"middle\">optimizer steps</text>\n");
        svg.Append(CultureInfo.InvariantCulture,
            $"<text transform=\"translate(14 {(Top + Height - Bottom) / 2}) rotate(-90)\" text-anchor=\"middle\">{(percent ? "share of right answers" : "nats a token")}</text>\n");
        for (int i = 0; i < curves.Length; i++)
        {
            string band = string.Join(
                ' ', curves[i].Select(p => Point(p.Step, p.Mean + p.Deviation))
                .Concat(curves[i].Reverse().Select(p => Point(p.Step, p.Mean - p.Deviation))));
            string line = string.Join(' ', curves[i].Select(p => Point(p.Step, p.Mean)));
            svg.Append(CultureInfo.InvariantCulture, $"<polygon points=\"{band}\" fill=\"{ColourOf(i)}\" opacity=\"0.15\"/>");
            svg.Append(CultureInfo.InvariantCulture,
                $"<polyline points=\"{line}\" fill=\"none\" stroke=\"{ColourOf(i)}\" stroke-width=\"2.2\" stroke-dasharray=\"{DashOf(i)}\"/>\n");
        }

        return svg.Append("</svg>\n").ToString();

        double X(double step) => Left + (step / last * (Width - Left - Right));
        double Y(double y) => Height - Bottom - (Math.Clamp(y, 0, top) / top * (Height - Top - Bottom));
        string Point(double step, double y) => string.Create(CultureInfo.InvariantCulture, $"{X(step):F1},{Y(y):F1}");
    }

    /// <summary>Draws which line is whose.</summary>
    public static string Legend(IEnumerable<string> names) => "<div class=\"legend\">" + string.Concat(names.Select((name, i) =>
        $"<span><svg viewBox=\"0 0 30 8\"><line x1=\"0\" x2=\"30\" y1=\"4\" y2=\"4\" stroke=\"{ColourOf(i)}\" stroke-width=\"2.6\" stroke-dasharray=\"{DashOf(i)}\"/></svg>{Encode(name)}</span>"))
        + "</div>";

    public static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static string ColourOf(int series) => Colours[series % Colours.Length];

    private static string DashOf(int series) => Dashes[series % Dashes.Length];

    private static (int Step, double Mean, double Deviation)[] Curve(
        SettingResult result, Measurement before, Func<Measurement, double> value) =>
    [
        (0, value(before), 0),
        .. result.Steps.Select(
            (step, point) => (step, result.At(point, value).Average(), PairedSeeds.StandardDeviation(result.At(point, value)))),
    ];

    // 1, 2 or 5 times a power of ten, four to nine of them to the top.
    private static double Tick(double top)
    {
        double power = Math.Pow(10, Math.Floor(Math.Log10(top)));
        return new[] { 0.1, 0.2, 0.5, 1, 2 }.Select(share => share * power).First(tick => top / tick <= 9);
    }
}
