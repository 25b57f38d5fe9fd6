using System.Globalization;
using System.Text;

namespace TrainingDynamics;

/// <summary>The results as one self-contained page.</summary>
internal sealed class Report(string command, string description, Measurement before)
{
    private readonly StringBuilder _html = new();

    private static readonly (string Title, Func<Measurement, double> Value, bool Percent)[] Curves =
    [
        ("KL to the base on old questions' answers, nats a token", m => m.Kl, false),
        ("Right answers of the new skill, greedy", m => m.NewSkill, true),
        ("Right answers of the old skills, greedy", m => m.OldSkills, true),
        ("Right answers of the new skill, T = 1", m => m.NewSkillSampled, true),
        ("Right answers of the old skills, T = 1", m => m.OldSkillsSampled, true),
        ("KL to the base on the new skill's answers, nats a token", m => m.NewKl, false),
    ];

    public void Section(string title, IReadOnlyList<SettingResult> results, IReadOnlyList<Claim> claims)
    {
        bool isMain = results.Select(r => r.Setting.Objective).Distinct().Count() == results.Count;
        string NameOf(SettingResult r) => isMain ? r.Setting.ObjectiveName : r.Setting.FullName;
        Line($"<h2>{Chart.Encode(title)}</h2>");
        Line($"<table class=\"claims\"><tr><th>What the paper claims</th><th>What was seen, mean of {results[0].Seeds.Count} seeds ± 95 % interval of the difference</th><th>Here it</th></tr>");
        foreach (var claim in claims)
        {
            Line($"<tr><td>{Chart.Encode(claim.Text)}</td><td>{Chart.Encode(claim.Evidence)}</td><td><b>{Chart.Encode(claim.Verdict)}</b></td></tr>");
        }

        Line("</table>");
        Line("<p class=\"legend\">"
            + string.Join(' ', results.Select(
            (r, i) => $"<span><i style=\"background:{Chart.ColourOf(i)}\"></i>{Chart.Encode(NameOf(r))}</span>")) + "</p>");
        Line("<div class=\"charts\">");
        foreach (var (name, value, percent) in Curves)
        {
            Line($"<figure><figcaption>{Chart.Encode(name)}</figcaption>\n{Chart.Svg(name, results, before, value, percent)}</figure>");
        }

        Line("</div>\n<table><tr><th>at the end, mean ± standard deviation</th><th>KL, old</th><th>KL, new</th><th>new skill</th><th>new, T = 1</th><th>old skills</th><th>old, T = 1</th></tr>");
        Line(Row("the base", [before]));
        foreach (var result in results)
        {
            Line(Row(result.Setting.FullName, [.. result.Seeds.Select(seed => seed[^1])]));
        }

        Line("</table>");
    }

    public void Write(string path) => File.WriteAllText(path, $$"""
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>Training dynamics</title>
        <style>
        :root { color-scheme: light dark; --line: #8884; }
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 1180px; margin: 2em auto; padding: 0 1em; }
        table { border-collapse: collapse; margin: 1em 0; } th, td { border-bottom: 1px solid var(--line); padding: 4px 12px 4px 0; text-align: left; vertical-align: top; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(420px, 1fr)); gap: 1em; } figure { margin: 0; }
        svg { width: 100%; height: auto; } svg text { font-size: 11px; fill: currentColor; } svg .grid { stroke: currentColor; opacity: .15; }
        .legend span { margin-right: 1.5em; } .legend i { display: inline-block; width: 14px; height: 4px; margin-right: 6px; vertical-align: middle; }
        pre { overflow-x: auto; border: 1px solid var(--line); padding: .6em; }
        </style></head><body>
        <h1>Training dynamics of SFT, DFT, SFT with an anchor, and ASFT</h1>
        <p>{{Chart.Encode(description)}}</p>
        <pre>{{Chart.Encode(command)}}</pre>
        {{_html}}</body></html>

        """);

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
