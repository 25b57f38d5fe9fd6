using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Scoring;

namespace Microsoft.ML.Asft.Evaluation.Drift;

/// <summary>Measures a model and its base on the same rows, a batch at a time.</summary>
internal sealed class DriftEvaluator(ModelScorer scorer, KlDirection direction)
{
    public IReadOnlyList<DriftItem> Evaluate(int start, EncodedExample[] examples) =>
    [
        .. scorer.Compare(examples, direction).Select((compared, row) => new DriftItem
        {
            Index = start + row,
            Tokens = [.. examples[row].Labels.Skip(1).Where(token => token != EncodedExample.IgnoreIndex)],
            Kl = compared.Kl,
            LogProbability = compared.Score.LogProbabilities,
            BaseLogProbability = compared.ReferenceLogProbabilities,
            Correct = compared.Score.IsLikeliest.Count(isLikeliest => isLikeliest),
        }),
    ];
}
