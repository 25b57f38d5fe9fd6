using Microsoft.ML.Asft.Training.Reporting;
using static System.FormattableString;

namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>A diagnosis as a page: the recommendation, where the gradient comes from, doubtful rows, and the counts and lengths of the rows.</summary>
internal sealed record DiagnosisReport(string Title, AsftDiagnosis Diagnosis)
{
    private const int ShownRows = 50;

    public string ToHtml() => ReportPage.Of(Title, Outcome, Body());

    private string Outcome => Diagnosis.Recommendation.Knowledge switch
    {
        ModelKnowledge.Known => "The model knows this data already.",
        ModelKnowledge.PartlyKnown => "The model knows this data in part.",
        ModelKnowledge.Surprising => "Most of this data is a surprise to the model.",
        _ => "The model knows nothing of this data.",
    };

    private IEnumerable<string> Body()
    {
        yield return $"<article class=\"advice\"><p><b>{ReportPage.Text(DiagnosisText.Options(Diagnosis.Recommendation))}</b></p><p>{ReportPage.Text(Diagnosis.Recommendation.Reason)}</p></article>\n";
        yield return ReportPage.Tiles(Tiles());
        if (Diagnosis.Warnings.Count > 0)
        {
            yield return $"<h2>Before you train</h2>\n<ul>{string.Concat(Diagnosis.Warnings.Select(warning => $"<li>{ReportPage.Text(warning)}</li>"))}</ul>\n";
        }

        yield return ReportPage.Charts(Charts());
        yield return "<h2>The most doubtful rows</h2>\n";
        foreach (var row in Diagnosis.DoubtfulRows.Take(ShownRows))
        {
            yield return Row(row);
        }

        yield return "<h2>Data</h2>\n" + ReportPage.Table(DiagnosisText.Rows(Diagnosis.Rows));
        if (Diagnosis.Estimate is { } estimate)
        {
            yield return "<h2>The run</h2>\n" + ReportPage.Table(DiagnosisText.Estimate(estimate));
        }
    }

    private IEnumerable<(string Name, string Value)> Tiles()
    {
        var tokens = Diagnosis.Tokens;
        yield return ("rows", Invariant($"{Diagnosis.Rows.Rows:N0}"));
        yield return ("labelled tokens", Invariant($"{Diagnosis.Rows.LabelledTokens:N0}"));
        yield return ("cross-entropy, nats a token", Invariant($"{tokens.CrossEntropy:0.00}"));
        yield return ("of the labels are the likeliest", Invariant($"{100 * tokens.Accuracy:0} %"));
        yield return ("of the labels have p < 1/e", Invariant($"{100 * tokens.BelowInverseE:0.#} %"));
        yield return ("of the labels have p < 0.01", Invariant($"{100 * tokens.BelowHundredth:0.#} %"));
        yield return ("rows are likely wrong", Invariant($"{Diagnosis.FlaggedRows:N0}"));
    }

    private IEnumerable<string> Charts()
    {
        var bins = Diagnosis.Tokens.Bins;
        string[] names = [.. bins.Select(DiagnosisText.Name)];
        yield return BarChart.Of("How likely the labels are", "share of the labelled tokens", "p of the label, before training", names, ("tokens", [.. bins.Select(b => b.Tokens)]));
        yield return BarChart.Of(
            "Where the first gradient comes from", "share of each objective's", "p of the label, before training", names,
            ("sft", [.. bins.Select(b => b.Sft)]), ("asft", [.. bins.Select(b => b.Asft)]), ("eaft", [.. bins.Select(b => b.Eaft)]));
    }

    private static string Row(DoubtfulRow row) => $"""
        <article{(row.IsFlagged ? " class=\"flagged\"" : "")}><dl><dt>row {row.Row}</dt><dd>score {Invariant($"{row.Score:0.0}")}{(row.IsFlagged ? ", likely wrong" : "")}</dd>
        <dt>prompt</dt><dd>{ReportPage.Text(row.Prompt)}</dd><dt>response</dt><dd>{ReportPage.Text(row.Response)}</dd>
        <dt>doubt</dt><dd>{ReportPage.Text(DiagnosisText.Doubt(row))}</dd></dl></article>

        """;
}
