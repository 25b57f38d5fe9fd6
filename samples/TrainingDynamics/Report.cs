using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.ML.Asft.Training.Reporting;

namespace TrainingDynamics;

/// <summary>The results as one self-contained page.</summary>
internal sealed class Report(string command, RunShape shape)
{
    private static readonly (string Title, Func<Measurement, double> Value, bool Percent)[] Curves =
    [
        ("Drift: KL to the base on answers to old questions", m => m.Kl, false),
        ("New skill, greedy", m => m.NewSkill, true),
        ("Old skills, greedy", m => m.OldSkills, true),
        ("Drift: KL to the base on answers of the new skill", m => m.NewKl, false),
        ("New skill, sampled at T = 1", m => m.NewSkillSampled, true),
        ("Old skills, sampled at T = 1", m => m.OldSkillsSampled, true),
    ];

    // Okabe and Ito's, which the colour-blind tell apart; the dashes tell the rest.
    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b07800", "#2f8fca", "#7f7f7f", "#8c564b"];
    private static readonly (string Stroke, string Border)[] Dashes = [("none", "solid"), ("7 3", "dashed"), ("2 3", "dotted"), ("9 3 2 3", "double")];

    private readonly StringBuilder _html = new();
    private readonly List<(Regime Regime, Claim Claim)> _claims = [];
    private readonly List<(Regime Regime, Advice Advice)> _advice = [];

    /// <summary>Gets the verdicts for the terminal.</summary>
    public string Text => string.Join(
        "\n", _claims.Select(c => $"{c.Regime.Name}: {c.Claim.Text}: {Claims.Name(c.Claim.Verdict)} ({c.Claim.Evidence})"));

    /// <summary>Adds the settings to take in a regime.</summary>
    public void Advise(Regime regime, IReadOnlyList<Advice> advice) => _advice.AddRange(advice.Select(a => (regime, a)));

    /// <summary>Adds charts, figures and claims of some settings in a regime.</summary>
    public void Section(string title, Regime regime, Measurement before, IReadOnlyList<SettingResult> results, IReadOnlyList<Claim> claims)
    {
        _claims.AddRange(claims.Select(claim => (regime, claim)));
        Line($"<h2>{Encode($"{title}: {regime.Name}")}</h2>");
        Line($"<p>{Encode($"The new skill: {regime.Description}.")}</p>");
        Line("<div class=\"charts\">");
        foreach (var (name, value, percent) in Curves)
        {
            Line(SvgChart.Of(name, percent ? "right answers" : "nats a token", percent, [.. results.Select(result => CurveOf(before, result, value))]));
        }

        Line("</div>");
        Line("<h3>At the end of training: mean over seeds, with its 95 % interval</h3><div class=\"wide\"><table class=\"figures\"><tr><th>objective</th><th>seeds</th><th>KL, old questions<br>(nats a token)</th>"
            + "<th>KL, new skill<br>(nats a token)</th><th>new skill,<br>greedy</th><th>new skill,<br>T = 1</th><th>old skills,<br>greedy</th><th>old skills,<br>T = 1</th></tr>");
        Line(Row("the base, before", [before]));
        foreach (var result in results)
        {
            Line(Row(result.Setting.FullName, [.. result.Seeds.Select(seed => seed[^1])]));
        }

        Line("</table></div>");
        Line($"<h3>The claims, one by one</h3><div class=\"wide\"><table><tr><th>The claim</th><th>Here it</th><th>What was seen: means, difference with its 95 % interval</th></tr>");
        foreach (var claim in claims)
        {
            Line($"<tr><td>{Encode(claim.Text)}</td><td class=\"{claim.Verdict}\">{Claims.Name(claim.Verdict)}</td><td>{Encode(claim.Evidence)}</td></tr>");
        }

        Line("</table></div>");
    }

    public void Write(string path) => File.WriteAllText(path, $$"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Training dynamics</title>
        <style>
        :root { color-scheme: light dark; --line: #8886; --good: light-dark(#00704f, #4cc9a0); --bad: light-dark(#b02a00, #ff9470); }
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 1240px; margin: 2em auto; padding: 0 1em; }
        h2 { margin-top: 2em; } h3 { font-size: 1em; margin: 1.5em 0 0; } .wide { overflow-x: auto; }
        table { border-collapse: collapse; margin: .5em 0 1em; } th, td { border-bottom: 1px solid var(--line); padding: 4px 18px 4px 0; text-align: left; vertical-align: top; }
        .figures td { white-space: nowrap; } .Holds, .Not, .Open { white-space: nowrap; } .Holds { color: var(--good); font-weight: 600; } .Not { color: var(--bad); font-weight: 600; } .Open { font-weight: 600; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 360px), 1fr)); gap: 1.2em 1em; } figure { margin: 0; } figcaption { font-weight: 600; }
        figcaption span { font-weight: 400; font-size: 13px; margin-left: 8px; }
        figure > svg { width: 100%; height: auto; } svg text { font-size: 14px; fill: currentColor; } text.x { text-anchor: middle; } text.y { text-anchor: end; }
        svg .grid { stroke: currentColor; opacity: .2; } .curve { fill: none; stroke-width: 2.2; } .band { stroke: none; opacity: .15; }
        .key { white-space: nowrap; display: inline-block; } .key i { display: inline-block; width: 26px; border-top: 3px; margin-right: 5px; vertical-align: middle; }
        {{SeriesStyle()}}
        pre { white-space: pre-wrap; border: 1px solid var(--line); padding: .6em; }
        </style></head><body>
        <h1>Training dynamics of seven objectives</h1>
        <p>{{Encode(shape.Describe())}}</p>
        <p>Lines are means over the seeds, bands one standard deviation. KL is KL(base‖model), the distance from the model before fine-tuning:
        0 at the start. <code>sft</code>: cross-entropy; <code>dft</code>: each token's loss weighted by its own probability; <code>sft+kl</code> and <code>asft</code>: the same two with
        λ times the KL to the base added. <code>iw-sft</code> weighs whole rows by their importance, <code>eaft</code> tokens by the entropy. With warm start, the weight's exponent rises
        from 0 (sft) to 1 (asft): {{Encode(string.Join("; ", Regime.All.Select(r => $"{r.Name} over {r.WarmStartSteps} steps")))}}.</p>
        <h2>Take this objective when …</h2>
        <div class="wide"><table><tr><th>The new skill is</th><th>You want most</th><th>Take</th><th>Not told apart from it here</th></tr>
        {{AdviceRows()}}</table></div>
        <p>The setting has the best mean of those that reach the goal. Beside it are those whose 95 % interval of the paired difference includes zero. A setting with few seeds is seldom told apart.</p>
        <h2>What holds here</h2>
        <div class="wide"><table><tr><th>Claim</th>{{string.Concat(Regimes().Select(regime => $"<th>{Encode(regime.Name)}</th>"))}}</tr>
        {{Summary()}}</table></div>
        <p>A claim holds, or does not, when the 95 % interval of the difference (Student's t, paired by seed) leaves zero out; else it is not shown either way. The intervals are not
        corrected for their number. The paper fine-tunes far larger models; this one has 2.4 million parameters, and a claim may well fare otherwise there.</p>
        {{_html}}<h2>How this page was made</h2>
        <pre>{{Encode(command)}}</pre></body></html>

        """);

    private IEnumerable<Regime> Regimes() => _claims.Select(c => c.Regime).Distinct();

    private string Summary() => string.Concat(_claims.GroupBy(c => c.Claim.Text).Select(claim =>
        $"<tr><td>{Encode(claim.Key)}</td>{string.Concat(Regimes().Select(regime => VerdictCell(claim.FirstOrDefault(c => c.Regime == regime).Claim)))}</tr>\n"));

    private static string VerdictCell(Claim? claim) => claim is null ? "<td></td>" : $"<td class=\"{claim.Verdict}\">{Claims.Name(claim.Verdict)}</td>";

    private string AdviceRows() => string.Concat(_advice.Select(row =>
        $"<tr><td>{Encode(row.Regime.Name)}</td><td>{Encode(row.Advice.Goal)}</td><td><b>{Encode(row.Advice.Best?.Setting.FullName ?? "none reaches it")}</b></td>"
        + $"<td>{Encode(string.Join("; ", row.Advice.Rivals.Select(rival => rival.Setting.FullName)))}</td></tr>\n"));

    // All curves begin at the base model's measurement.
    private static Curve CurveOf(Measurement before, SettingResult result, Func<Measurement, double> value) => new(
        result.Setting.FullName,
        [(0, value(before)), .. result.Steps.Select((step, point) => ((double)step, result.At(point, value).Average()))],
        Deviations: [0, .. result.Steps.Select((_, point) => PairedSeeds.StandardDeviation(result.At(point, value)))]);

    // A class for each curve, of which --lambdas may ask for many.
    private static string SeriesStyle() => string.Join("\n        ", Enumerable.Range(0, 3 * Colours.Length).Select(i =>
    {
        string colour = Colours[i % Colours.Length];
        var (stroke, border) = Dashes[i % Dashes.Length];
        return $"path.c{i} {{ stroke: {colour}; stroke-dasharray: {stroke}; }} polygon.c{i} {{ fill: {colour}; }} "
            + $"i.c{i} {{ border-color: {colour}; border-top-style: {border}; }}";
    }));

    private static string Encode(string text) => WebUtility.HtmlEncode(text);

    private static string Row(string name, IReadOnlyList<Measurement> finals)
    {
        string[] cells =
        [
            Nats(m => m.Kl), Nats(m => m.NewKl), Share(m => m.NewSkill), Share(m => m.NewSkillSampled), Share(m => m.OldSkills),
            Share(m => m.OldSkillsSampled),
        ];
        return $"<tr><td>{Encode(name)}</td><td>{finals.Count}</td>{string.Concat(cells.Select(cell => $"<td>{cell}</td>"))}</tr>";

        string Nats(Func<Measurement, double> value) => Cell(value, 1, "0.000");
        string Share(Func<Measurement, double> value) => Cell(value, 100, "0.0");

        string Cell(Func<Measurement, double> value, double scale, string format)
        {
            double[] values = [.. finals.Select(m => scale * value(m))];
            string mean = values.Average().ToString(format, CultureInfo.InvariantCulture);
            string margin = PairedSeeds.Of(values, new double[values.Length]).Margin.ToString(format, CultureInfo.InvariantCulture);
            return (values.Length > 1 ? $"{mean} ± {margin}" : mean) + (scale == 100 ? " %" : "");
        }
    }

    private void Line(string text) => _html.Append(text).Append('\n');
}
