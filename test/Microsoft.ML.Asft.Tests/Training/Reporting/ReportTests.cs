using System.Xml.Linq;
using Microsoft.ML.Asft.Training.Reporting;

namespace Microsoft.ML.Asft.Tests.Training.Reporting;

public sealed class ReportTests : FitFixture
{
    [Fact]
    public void A_fit_writes_a_page_that_needs_nothing_beside_it()
    {
        var options = Options("out");
        options.Validation.Data = Data();
        options.Validation.EverySteps = 3;
        options.Reporting.SampleCompletions = 2;
        using var model = Fit(options);
        string html = File.ReadAllText(At("out", "report.html"));
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
        Assert.Contains("All 9 steps were done.", html, StringComparison.Ordinal);
        Assert.Contains("KL drift from the reference", html, StringComparison.Ordinal);
        Assert.Contains("LearningRate", html, StringComparison.Ordinal);
        var body = XDocument.Parse(html[html.IndexOf("<body", StringComparison.Ordinal)..].Replace("</html>", "", StringComparison.Ordinal)).Root!;
        Assert.Equal(8, body.Descendants("figure").Count());
        var articles = body.Descendants("article").Select(a => a.Descendants("dd").Select(d => d.Value).ToArray()).ToArray();
        Assert.Equal(["1+1", "The capital of France?"], articles.Select(a => a[0]));
        Assert.Equal(["2", "Paris"], articles.Select(a => a[1]));
        using var before = MLContext.Model.LoadAsft(Options());
        Assert.Equal(before.Complete("1+1").Text, articles[0][2]);
        Assert.Equal(model.Complete("1+1").Text, articles[0][3]);
    }

    [Fact]
    public void Completions_are_of_the_rows_that_were_put_aside()
    {
        var options = Options("split");
        options.Validation.Fraction = 0.4;
        using var model = Fit(options);
        string html = File.ReadAllText(At("split", "report.html"));
        Assert.Equal(2, html.Split("<article>").Length - 1);
    }

    [Fact]
    public void A_run_that_was_interrupted_has_a_report_too()
    {
        Stop(Options("stopped"), 4);
        string html = File.ReadAllText(At("stopped", "report.html"));
        Assert.Contains("Interrupted after step 4 of 9", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Curves_stand_where_their_values_are()
    {
        string svg = SvgChart.Of("A <chart>", "unit", new Curve("line", [(0, 0), (5, double.NaN), (10, 100)], HasMarks: true));
        var figure = XElement.Parse(svg);
        var marks = figure.Descendants("circle").Select(c => ((double)c.Attribute("cx")!, (double)c.Attribute("cy")!)).ToArray();
        Assert.Equal(2, marks.Length);
        Assert.Equal((72, 232), marks[0]);
        Assert.Equal((548, 12), marks[1]);
        Assert.Equal("M72.0 232.0M548.0 12.0", (string)figure.Descendants("path").Single().Attribute("d")!);
        Assert.Equal(["0", "20", "40", "60", "80", "100"], figure.Descendants("text").Where(t => (string)t.Attribute("class")! == "y").Select(t => t.Value));
        Assert.StartsWith("A <chart>", figure.Element("figcaption")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void A_band_reaches_as_far_as_its_deviations_and_not_out_of_the_chart()
    {
        string svg = SvgChart.Of("Skill", "", isShare: true, new Curve("line", [(0, 0), (10, 0.5)], Deviations: [0.25, 0.25]));
        var figure = XElement.Parse(svg);
        Assert.Equal("band c0", (string)figure.Descendants("polygon").Single().Attribute("class")!);

        // 100 % is at 12 and 0 % at 232: a quarter is 55.
        Assert.Equal("72.0,177.0 548.0,67.0 548.0,177.0 72.0,232.0", (string)figure.Descendants("polygon").Single().Attribute("points")!);
        Assert.Equal(
            ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"],
            figure.Descendants("text").Where(t => (string)t.Attribute("class")! == "y").Select(t => t.Value));
    }

    [Fact]
    public void A_chart_without_a_value_is_left_out() =>
        Assert.Empty(SvgChart.Of("KL", "nats", new Curve("training", [(1, double.NaN), (2, double.NaN)])));

    [Fact]
    public void Long_curves_are_downsampled_to_means()
    {
        var curve = new Curve("x", [.. Enumerable.Range(0, 10_000).Select(i => ((double)i, (double)i))]).Downsampled();
        Assert.Equal(400, curve.Points.Count);
        Assert.Equal((12, 12), curve.Points[0]);
    }
}
