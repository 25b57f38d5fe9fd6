using System.Globalization;
using System.Text;

namespace TrainingDynamics;

/// <summary>The results as one self-contained page.</summary>
internal sealed class Report(string command, Measurement before, RunShape shape)
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

    private readonly StringBuilder _html = new();
    private readonly List<Claim> _claims = [];

    /// <summary>Gets the verdicts for the terminal.</summary>
    public string Text => string.Join(
        "\n", _claims.GroupBy(c => c.Verdict).OrderBy(g => g.Key).Select(
            g => $"{Claims.Name(g.Key)}:\n{string.Join('\n', g.Select(c => $"  {c.Text} ({c.Evidence})"))}"));

    public void Section(string title, IReadOnlyList<SettingResult> results, IReadOnlyList<Claim> claims)
    {
        _claims.AddRange(claims);
        string[] names = [.. results.Select(r => r.Setting.FullName)];
        Line($"<h2>{Chart.Encode(title)}</h2>");
        Line("<div class=\"charts\">");
        foreach (var (name, value, percent) in Curves)
        {
            Line($"<figure><figcaption>{Chart.Encode(name)}</figcaption>\n{Chart.Svg(name, results, before, value, percent)}{Chart.Legend(names)}</figure>");
        }

        Line("</div>");
        Line("<h3>At the end of training, mean ± standard deviation over seeds</h3><div class=\"wide\"><table class=\"figures\"><tr><th>objective</th><th>KL, old questions<br>(nats a token)</th>"
            + "<th>KL, new skill<br>(nats a token)</th><th>new skill,<br>greedy</th><th>new skill,<br>T = 1</th><th>old skills,<br>greedy</th><th>old skills,<br>T = 1</th></tr>");
        Line(Row("the base, before", [before]));
        foreach (var result in results)
        {
            Line(Row(result.Setting.FullName, [.. result.Seeds.Select(seed => seed[^1])]));
        }

        Line("</table></div>");
        Line($"<h3>The claims, one by one</h3><div class=\"wide\"><table><tr><th>What the paper claims</th><th>Here it</th><th>What was seen: means over {shape.Seeds} seeds, difference with its 95 % interval</th></tr>");
        foreach (var claim in claims)
        {
            Line($"<tr><td>{Chart.Encode(claim.Text)}</td><td class=\"{claim.Verdict}\">{Claims.Name(claim.Verdict)}</td><td>{Chart.Encode(claim.Evidence)}</td></tr>");
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
        figure > svg { width: 100%; height: auto; } svg text { font-size: 14px; fill: currentColor; } svg .grid { stroke: currentColor; opacity: .2; }
        .legend { font-size: 13px; } .legend span { margin-right: 1.2em; white-space: nowrap; } .legend svg { width: 30px; height: 8px; margin-right: 5px; vertical-align: middle; }
        pre { white-space: pre-wrap; border: 1px solid var(--line); padding: .6em; }
        </style></head><body>
        <h1>Training dynamics of SFT, DFT, SFT with an anchor, and ASFT</h1>
        <p>{{Chart.Encode(shape.Describe())}}</p>
        <p>Lines are means over {{shape.Seeds}} seeds, bands one standard deviation. KL is KL(base‖model), the distance from the model before fine-tuning:
        0 at the start. <code>sft</code>: cross-entropy; <code>dft</code>: each token's loss weighted by its own probability; <code>sft+kl</code> and <code>asft</code>: the same two with
        λ times the KL to the base added.</p>
        <h2>What holds here of what the paper claims</h2>
        {{Summary()}}
        <p>A claim holds, or does not, when the 95 % interval of the difference (Student's t, paired by seed) leaves zero out; else it is not shown either way.
        The paper fine-tunes far larger models; this one has 2.4 million parameters, and a claim may well fare otherwise there.</p>
        {{_html}}<h2>How this page was made</h2>
        <pre>{{Chart.Encode(command)}}</pre></body></html>

        """);

    private string Summary() => "<ul>" + string.Concat(_claims.GroupBy(c => c.Verdict).OrderBy(g => g.Key).Select(g =>
        $"<li><span class=\"{g.Key}\">{char.ToUpperInvariant(Claims.Name(g.Key)[0])}{Claims.Name(g.Key)[1..]}:</span> {string.Join("; ", g.Select(c => Chart.Encode(c.Text)))}.</li>"))
        + "</ul>";

    private static string Row(string name, IReadOnlyList<Measurement> finals)
    {
        string[] cells =
        [
            Nats(m => m.Kl), Nats(m => m.NewKl), Share(m => m.NewSkill), Share(m => m.NewSkillSampled), Share(m => m.OldSkills),
            Share(m => m.OldSkillsSampled),
        ];
        return $"<tr><td>{Chart.Encode(name)}</td>{string.Concat(cells.Select(cell => $"<td>{cell}</td>"))}</tr>";

        string Nats(Func<Measurement, double> value) => Cell(value, 1, "0.000");
        string Share(Func<Measurement, double> value) => Cell(value, 100, "0.0");

        string Cell(Func<Measurement, double> value, double scale, string format)
        {
            double[] values = [.. finals.Select(m => scale * value(m))];
            string mean = values.Average().ToString(format, CultureInfo.InvariantCulture);
            string deviation = PairedSeeds.StandardDeviation(values).ToString(format, CultureInfo.InvariantCulture);
            return (values.Length > 1 ? $"{mean} ± {deviation}" : mean) + (scale == 100 ? " %" : "");
        }
    }

    private void Line(string text) => _html.Append(text).Append('\n');
}
