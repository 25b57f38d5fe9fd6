namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>The counts and lengths of encoded rows, and those that repeat or contradict others.</summary>
public sealed record RowFacts
{
    /// <summary>Gets the number of rows to train on.</summary>
    public required int Rows { get; init; }

    /// <summary>Gets the number of rows to measure on; 0 if there are none.</summary>
    public required int EvaluationRows { get; init; }

    /// <summary>Gets the number of their tokens, prompts included.</summary>
    public required long Tokens { get; init; }

    /// <summary>Gets the number of labelled tokens: those that are learnt.</summary>
    public required long LabelledTokens { get; init; }

    /// <summary>Gets the number of rows that could not be used.</summary>
    public required int Skipped { get; init; }

    /// <summary>Gets the number of rows that were cut at the maximum length.</summary>
    public required int Cut { get; init; }

    /// <summary>Gets the number of rows that were left out for their length.</summary>
    public required int Dropped { get; init; }

    /// <summary>Gets the numbers of the rows that repeat an earlier row, from 1.</summary>
    public required IReadOnlyList<long> Duplicates { get; init; }

    /// <summary>Gets the numbers of the rows that have the prompt of an earlier row and another response.</summary>
    public required IReadOnlyList<long> Contradictions { get; init; }

    /// <summary>Gets the numbers of the rows whose prompt is also in the evaluation data.</summary>
    public required IReadOnlyList<long> SharedWithEvaluation { get; init; }

    /// <summary>Gets the share of rows in which a token that ends a completion is learnt, 0 to 1. Where it is 0, completions will not end.</summary>
    public required double EndsLearnt { get; init; }

    /// <summary>Gets the shortest, the median, the 95th and 99th percentile and the longest of the rows' lengths in tokens, before any was cut.</summary>
    public required IReadOnlyList<int> Lengths { get; init; }

    /// <summary>Gets the maximum length that cuts no row, or few that are far longer than the others.</summary>
    public required int SuggestedMaxLength { get; init; }
}
