using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Estimation;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.References;
using Microsoft.ML.Asft.Training;
using static System.FormattableString;

namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>
/// Runs the model once over the data, as the cached reference does before training, and examines its predictions. With <see cref="ReferenceOptions.CachePath"/>
/// the pass is kept for a run with the same options.
/// </summary>
internal sealed class Diagnoser(LoadedModel loaded, AsftOptions options)
{
    private const int FewestListed = 20;
    private const int MostListed = 1000;
    private const int ShownTokens = 48;

    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    /// <exception cref="InvalidOperationException">The hidden states do not fit <see cref="ReferenceOptions.CacheBytes"/>.</exception>
    public AsftDiagnosis Diagnose(ExampleSet training, ExampleSet? evaluation)
    {
        var examples = training.Examples;
        using var runner = BatchRunner.For(loaded.Model, recompute: true);
        // A run that takes over the file also needs the hidden states of the validation rows.
        using var reference = ReferenceModelFactory.Cached(
            loaded, runner, options, examples, options.Reference.CachePath is null ? [] : evaluation?.Examples ?? [], headIsTrained: false);
        var facts = LabelSurvey.Of(examples, reference, loaded.Model, options);
        var (scores, places, limit) = LabelDoubt.Of(facts);
        int flagged = scores.Count(score => score >= limit);
        var tokens = TokenFacts.Of(facts, row => scores[row] >= limit);
        var encoder = ExampleReader.EncoderFor(loaded);
        var rows = RowInspection.Of(training, evaluation, encoder.StopTokens(loaded.Model.EndOfSequenceTokenIds), loaded.Model.ContextLength);
        int[] listed = [.. Enumerable.Range(0, scores.Length).OrderByDescending(row => scores[row]).Take(Math.Clamp(flagged, FewestListed, MostListed))];
        return new AsftDiagnosis
        {
            Recommendation = Advisor.Recommend(tokens, loaded, options.TrainsEveryParameter, BatchPlan.TotalSteps(options, examples.Count)),
            Rows = rows,
            Tokens = tokens,
            Warnings = [.. WarningsOf(rows, flagged)],
            DoubtfulRows = [.. listed.Select(row => Describe(examples[row], facts[row], places[row], scores[row], scores[row] >= limit))],
            RowScores = scores,
            FlaggedRows = flagged,
            Estimate = loaded.Model is Decoder decoder && RunEstimator.Supports(options) ? RunEstimator.Estimate(decoder.Config, options, RunShape.Of(options, examples)) : null,
        };
    }

    private DoubtfulRow Describe(EncodedExample example, LabelFact[] facts, int place, double score, bool isFlagged)
    {
        int start = RowInspection.LabelStart(example);
        var fact = facts[place];
        return new DoubtfulRow
        {
            Row = example.Row + 1,
            Score = score,
            IsFlagged = isFlagged,
            Prompt = Decode(example.InputIds[Math.Max(0, start - ShownTokens)..start]),
            Response = Decode(facts.Take(ShownTokens).Select(f => f.Label)),
            Label = Decode([fact.Label]),
            Probability = fact.Probability,
            Likeliest = Decode([fact.Likeliest]),
            LikeliestProbability = Math.Exp(fact.LikeliestLogProbability),
        };
    }

    private string Decode(IEnumerable<int> ids) => loaded.Tokenizer.Decode(ids) ?? "";

    private IEnumerable<string> WarningsOf(RowFacts rows, int flagged)
    {
        if (rows.Skipped > 0)
        {
            yield return Invariant($"{rows.Skipped:N0} rows cannot be used.");
        }

        if (rows.Cut > 0)
        {
            yield return Invariant($"{rows.Cut:N0} rows are longer than {options.MaxLength} tokens and are cut: their ends are never learnt. MaxLength {rows.SuggestedMaxLength} would do.");
        }

        if (rows.Dropped > 0)
        {
            yield return Invariant($"{rows.Dropped:N0} rows are longer than {options.MaxLength} tokens and are left out. MaxLength {rows.SuggestedMaxLength} would do.");
        }

        if (rows.EndsLearnt == 0)
        {
            yield return "The end of a turn is never learnt: the model's end-of-sequence token is in no label, so completions will not end where they should. Choose another Template.";
        }
        else if (rows.EndsLearnt < 0.9)
        {
            yield return Invariant($"The end of a turn is learnt in only {100 * rows.EndsLearnt:0} % of the rows.");
        }

        if (rows.Duplicates.Count > 0)
        {
            yield return Invariant($"{rows.Duplicates.Count:N0} rows repeat an earlier row: {List(rows.Duplicates)}.");
        }

        if (rows.Contradictions.Count > 0)
        {
            yield return Invariant($"{rows.Contradictions.Count:N0} rows have the prompt of an earlier row and another response: {List(rows.Contradictions)}.");
        }

        if (rows.SharedWithEvaluation.Count > 0)
        {
            yield return Invariant($"The prompts of {rows.SharedWithEvaluation.Count:N0} rows are in the evaluation data too, so evaluation partly measures memorized rows: {List(rows.SharedWithEvaluation)}.");
        }

        if (flagged > 0)
        {
            yield return Invariant($"{flagged:N0} rows have labels that are likely wrong: look at them before you train.");
        }
    }

    private static string List(IReadOnlyList<long> rows) =>
        string.Join(", ", rows.Take(5)) + (rows.Count > 5 ? ", …" : "");
}
