using System.Text;
using static System.FormattableString;

namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>A diagnosis as text.</summary>
internal static class DiagnosisSummary
{
    private const int ShownRows = 10;
    private const int ShownText = 60;

    public static string Of(AsftDiagnosis diagnosis)
    {
        var tokens = diagnosis.Tokens;
        var text = new StringBuilder();
        text.AppendLine(Table(
        [
            .. DiagnosisText.Rows(diagnosis.Rows),
            .. diagnosis.Estimate is null ? [] : DiagnosisText.Estimate(diagnosis.Estimate),
            ("cross-entropy", Invariant($"{tokens.CrossEntropy:0.000} nats a token; the frequencies of the tokens alone need {tokens.UnigramEntropy:0.000}")),
            ("labels the model finds likeliest", Invariant($"{100 * tokens.Accuracy:0.0} %")),
            ("labels with p < 1/e, < 0.01", Invariant($"{100 * tokens.BelowInverseE:0.0} %, {100 * tokens.BelowHundredth:0.0} %")),
        ]));
        text.AppendLine().AppendLine("p of the label   tokens   gradient of sft    asft    eaft");
        foreach (var bin in tokens.Bins)
        {
            text.AppendLine(Invariant($"{DiagnosisText.Name(bin),-14} {100 * bin.Tokens,6:0.0} %          {100 * bin.Sft,6:0.0} % {100 * bin.Asft,5:0.0} % {100 * bin.Eaft,5:0.0} %"));
        }

        text.AppendLine().AppendLine(Invariant($"The most doubtful rows ({diagnosis.FlaggedRows} are likely wrong, marked *):"));
        foreach (var row in diagnosis.DoubtfulRows.Take(ShownRows))
        {
            text.AppendLine(Invariant($"{(row.IsFlagged ? '*' : ' ')} row {row.Row}, score {row.Score:0.0}: {Short(row.Prompt, fromEnd: true)} → {Short(row.Response, fromEnd: false)}"));
            text.AppendLine(Invariant($"    {DiagnosisText.Doubt(row)}"));
        }

        text.AppendLine();
        foreach (string warning in diagnosis.Warnings)
        {
            text.AppendLine(Invariant($"! {warning}"));
        }

        text.AppendLine(Invariant($"Recommended: asft train {DiagnosisText.Options(diagnosis.Recommendation)}"));
        return text.Append(diagnosis.Recommendation.Reason).ToString();
    }

    private static string Table((string Name, string Value)[] rows)
    {
        int width = rows.Max(row => row.Name.Length);
        return string.Join('\n', rows.Select(row => $"{row.Name.PadRight(width)}  {row.Value}"));
    }

    private static string Short(string text, bool fromEnd)
    {
        string line = text.ReplaceLineEndings(" / ");
        return line.Length <= ShownText ? line : fromEnd ? $"…{line[^ShownText..]}" : $"{line[..ShownText]}…";
    }
}
