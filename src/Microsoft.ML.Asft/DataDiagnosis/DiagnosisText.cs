using System.Globalization;
using Microsoft.ML.Asft.Estimation;
using static System.FormattableString;

namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>The words of a diagnosis, for the page and for the command line.</summary>
internal static class DiagnosisText
{
    /// <summary>The recommendation as options of <c>asft train</c>. The recommended objective is asft or sft.</summary>
    public static string Options(TrainingRecommendation advice) => string.Concat(
        Invariant($"--objective {advice.Objective.ToString().ToLowerInvariant()}"),
        advice.KlWeight > 0 ? Invariant($" --kl-weight {advice.KlWeight}") : "",
        advice.WarmStartSteps > 0 ? Invariant($" --warm-start-steps {advice.WarmStartSteps}") : "",
        Invariant($" --learning-rate {advice.LearningRate}"));

    /// <summary>A range of probabilities.</summary>
    public static string Name(ProbabilityBin bin) =>
        bin.From == 0 ? $"< {Edge(bin.To)}" : bin.To == 1 ? $"≥ {Edge(bin.From)}" : $"{Edge(bin.From)} …";

    /// <summary>Why a row is doubtful.</summary>
    public static string Doubt(DoubtfulRow row) => row.Label == row.Likeliest
        ? Invariant($"'{row.Label}' has p = {row.Probability:0.0000}, and other rows continue differently")
        : Invariant($"'{row.Label}' has p = {row.Probability:0.0000}; the model would say '{row.Likeliest}' with p = {row.LikeliestProbability:0.00}");

    /// <summary>The counts and lengths of the rows.</summary>
    public static IEnumerable<(string Name, string Value)> Rows(RowFacts rows)
    {
        yield return ("rows", Invariant($"{rows.Rows:N0}"));
        yield return ("evaluation rows", Invariant($"{rows.EvaluationRows:N0}"));
        yield return ("tokens", Invariant($"{rows.Tokens:N0}, {rows.LabelledTokens:N0} of them labelled"));
        yield return ("cannot be used", Invariant($"{rows.Skipped:N0}"));
        yield return ("cut, left out for length", Invariant($"{rows.Cut:N0}, {rows.Dropped:N0}"));
        yield return ("repeat an earlier row", Invariant($"{rows.Duplicates.Count:N0}"));
        yield return ("contradict an earlier row", Invariant($"{rows.Contradictions.Count:N0}"));
        yield return ("prompt is in the evaluation data", Invariant($"{rows.SharedWithEvaluation.Count:N0}"));
        yield return ("learn the end of a turn", Invariant($"{100 * rows.EndsLearnt:0.#} %"));
        yield return ("length in tokens", Invariant($"{rows.Lengths[0]} … {rows.Lengths[^1]}, median {rows.Lengths[1]}, 95 % up to {rows.Lengths[2]}, 99 % up to {rows.Lengths[3]}"));
        yield return ("suggested --max-length", Invariant($"{rows.SuggestedMaxLength}"));
    }

    /// <summary>What the run would take.</summary>
    public static IEnumerable<(string Name, string Value)> Estimate(RunEstimate estimate)
    {
        yield return ("memory at most", Invariant($"{estimate.PeakMemoryBytes / 1048576.0:N0} MiB, {estimate.BatchBytes / 1048576.0:N0} of it for the largest batch"));
        yield return ("time", Invariant($"{estimate.Seconds:N0} s for {estimate.Steps:N0} steps of {estimate.SecondsPerStep:0.000} s"));
    }

    private static string Edge(double p) => p == 1 / Math.E ? "1/e" : p < 1e-3 ? p.ToString("0e0", CultureInfo.InvariantCulture) : p.ToString(CultureInfo.InvariantCulture);
}
