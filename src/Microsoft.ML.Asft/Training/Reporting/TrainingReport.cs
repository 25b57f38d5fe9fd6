using System.Globalization;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Training.Reporting;

/// <summary>
/// The page <c>report.html</c> about a run: its outcome, curves, sample completions, data and configuration. It needs no other files.
/// </summary>
internal sealed record TrainingReport(
    string Title, string Outcome, IReadOnlyList<AsftProgress> Steps, IReadOnlyList<AsftValidation> Validations,
    IReadOnlyList<SampleCompletion> Samples, IReadOnlyList<(string Name, string Value)> Data, IReadOnlyList<string> Problems,
    IReadOnlyList<(string Name, string Value)> Configuration)
{
    public string ToHtml() => ReportPage.Of(Title, Outcome, Body());

    private IEnumerable<string> Body()
    {
        yield return ReportPage.Tiles(Tiles());
        yield return ReportPage.Charts(Charts());
        if (Samples.Count > 0)
        {
            yield return "<h2>Completions before and after</h2>\n";
            foreach (var sample in Samples)
            {
                yield return Sample(sample);
            }
        }

        yield return "<h2>Data</h2>\n" + ReportPage.Table(Data);
        if (Problems.Count > 0)
        {
            yield return $"<p>The first rows that could not be used:</p><ul>{string.Concat(Problems.Select(p => $"<li>{ReportPage.Text(p)}</li>"))}</ul>\n";
        }

        yield return "<h2>Configuration</h2>\n" + ReportPage.Table(Configuration);
    }

    private IEnumerable<(string Name, string Value)> Tiles()
    {
        double seconds = Steps.Sum(s => s.Seconds);
        yield return ("steps", $"{Steps.Count:N0}");
        yield return ("training time", TimeSpan.FromSeconds(seconds).ToString(seconds >= 3600 ? @"h\:mm\:ss" : @"m\:ss", CultureInfo.InvariantCulture));
        yield return ("tokens a second", Number(Steps.Sum(s => (double)s.Tokens) / seconds, "N0"));
        yield return ("MiB of memory at most", Number(Steps.Count == 0 ? 0 : Steps.Max(s => s.MemoryBytes) / 1048576.0, "N0"));
        if (Validations is [var first, .., var last])
        {
            yield return ("validation perplexity", $"{Short(first.Perplexity)} → {Short(last.Perplexity)}");
            yield return ("token accuracy", $"{Number(first.TokenAccuracy * 100, "0.#")} → {Number(last.TokenAccuracy * 100, "0.#")} %");
            yield return ("KL to the reference", $"{Number(last.Kl, "0.####")} nats");
        }

        if (Steps.Any(s => s.IsSkipped))
        {
            yield return ("steps skipped", $"{Steps.Count(s => s.IsSkipped):N0}");
        }
    }

    private IEnumerable<string> Charts()
    {
        Curve Of(string name, Func<AsftProgress, double> value) => new(name, [.. Steps.Select(s => ((double)s.Step, value(s)))]);
        Curve Measured(Func<AsftValidation, double> value) =>
            new("validation", [.. Validations.Select(v => ((double)v.Step, value(v)))], HasMarks: true);
        yield return SvgChart.Of("Loss", "the objective, a token", Of("training", s => s.Loss).Smoothed("training"), Measured(v => v.Loss));
        yield return SvgChart.Of("Cross-entropy", "nats a token", Of("training", s => s.CrossEntropy).Smoothed("training"), Measured(v => v.CrossEntropy));
        yield return SvgChart.Of("KL drift from the reference", "nats a token", Of("training", s => s.Kl).Smoothed("training"), Measured(v => v.Kl));
        yield return SvgChart.Of("Token accuracy", "share of labels", Of("training", s => s.TokenAccuracy).Smoothed("training"), Measured(v => v.TokenAccuracy));
        yield return SvgChart.Of("Learning rate", "", Of("learning rate", s => s.LearningRate));
        yield return SvgChart.Of("Gradient norm", "before clipping", Of("gradient norm", s => s.GradientNorm).Smoothed("gradient norm"));
        yield return SvgChart.Of("Throughput", "tokens a second", Of("throughput", s => s.Tokens / s.Seconds).Smoothed("throughput"));
        yield return SvgChart.Of("Memory", "MiB", Of("memory", s => s.MemoryBytes / 1048576.0));
    }

    private static string Sample(SampleCompletion sample) => $"""
        <article><dl><dt>prompt</dt><dd>{ReportPage.Text(sample.Prompt)}</dd><dt>in the data</dt><dd>{ReportPage.Text(sample.Expected)}</dd>
        <dt>before</dt><dd>{ReportPage.Text(sample.Before)}</dd><dt>after</dt><dd>{ReportPage.Text(sample.After ?? "–")}</dd></dl></article>

        """;

    private static string Number(double value, string format) => double.IsFinite(value) ? value.ToString(format, CultureInfo.InvariantCulture) : "–";

    private static string Short(double value) => Number(value, value >= 1e6 ? "0.0e0" : value >= 100 ? "N0" : "0.##");
}
