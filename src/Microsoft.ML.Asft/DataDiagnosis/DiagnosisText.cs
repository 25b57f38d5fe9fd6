using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.ML.Asft.Estimation;
using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>The words of a diagnosis, for the page and for the command line.</summary>
internal static class DiagnosisText
{
    /// <summary>The recommendation as options of <c>asft train</c>.</summary>
    public static string Options(TrainingRecommendation advice) => string.Concat(
        Text($"--objective {NameOf(advice.Objective)}"),
        advice.KlWeight > 0 ? Text($" --kl-weight {advice.KlWeight}") : "",
        advice.WarmStartSteps > 0 ? Text($" --warm-start-steps {advice.WarmStartSteps}") : "",
        Text($" --learning-rate {advice.LearningRate}"));

    /// <summary>A range of probabilities.</summary>
    public static string Name(ProbabilityBin bin) =>
        bin.From == 0 ? $"< {Edge(bin.To)}" : bin.To == 1 ? $"≥ {Edge(bin.From)}" : $"{Edge(bin.From)} …";

    /// <summary>Why a row is doubtful.</summary>
    public static string Doubt(DoubtfulRow row) => row.Label == row.Likeliest
        ? Text($"'{row.Label}' has p = {row.Probability:0.0000}, and other rows go on otherwise")
        : Text($"'{row.Label}' has p = {row.Probability:0.0000}; the model would say '{row.Likeliest}' with p = {row.LikeliestProbability:0.00}");

    /// <summary>What becomes of the rows.</summary>
    public static IEnumerable<(string Name, string Value)> Rows(RowFacts rows)
    {
        yield return ("rows", Text($"{rows.Rows:N0}"));
        yield return ("evaluation rows", Text($"{rows.EvaluationRows:N0}"));
        yield return ("tokens", Text($"{rows.Tokens:N0}, {rows.LabelledTokens:N0} of them labelled"));
        yield return ("cannot be used", Text($"{rows.Skipped:N0}"));
        yield return ("cut, left out for length", Text($"{rows.Cut:N0}, {rows.Dropped:N0}"));
        yield return ("repeat an earlier row", Text($"{rows.Duplicates.Count:N0}"));
        yield return ("contradict an earlier row", Text($"{rows.Contradictions.Count:N0}"));
        yield return ("prompt is in the evaluation data", Text($"{rows.SharedWithEvaluation.Count:N0}"));
        yield return ("learn the end of a turn", Text($"{100 * rows.EndsLearnt:0.#} %"));
        yield return ("length in tokens", Text($"{rows.Lengths[0]} … {rows.Lengths[^1]}, median {rows.Lengths[1]}, 95 % up to {rows.Lengths[2]}, 99 % up to {rows.Lengths[3]}"));
        yield return ("suggested --max-length", Text($"{rows.SuggestedMaxLength}"));
    }

    /// <summary>What the run would take.</summary>
    public static IEnumerable<(string Name, string Value)> Estimate(RunEstimate estimate)
    {
        yield return ("memory at most", Text($"{estimate.PeakMemoryBytes / 1048576.0:N0} MiB, {estimate.BatchBytes / 1048576.0:N0} of it for the largest batch"));
        yield return ("time", Text($"{estimate.Seconds:N0} s for {estimate.Steps:N0} steps of {estimate.SecondsPerStep:0.000} s"));
    }

    // SFT + KL is sft+kl on the command line.
    private static string NameOf(AsftObjective objective) =>
        typeof(AsftObjective).GetField(objective.ToString())!.GetCustomAttribute<DisplayAttribute>()!.Name!.Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string Edge(double p) => p == 1 / Math.E ? "1/e" : p < 1e-3 ? p.ToString("0e0", CultureInfo.InvariantCulture) : p.ToString(CultureInfo.InvariantCulture);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
