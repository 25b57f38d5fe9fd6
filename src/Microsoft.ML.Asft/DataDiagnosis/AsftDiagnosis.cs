using Microsoft.ML.Asft.Estimation;

namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>What a base model knows of training data, before training. <c>mlContext.Model.DiagnoseAsft</c> creates it.</summary>
public sealed record AsftDiagnosis
{
    /// <summary>Gets how to train on the data, and why.</summary>
    public required TrainingRecommendation Recommendation { get; init; }

    /// <summary>Gets the counts and lengths of the rows, and those that repeat or contradict others.</summary>
    public required RowFacts Rows { get; init; }

    /// <summary>Gets how well the model predicts their labelled tokens.</summary>
    public required TokenFacts Tokens { get; init; }

    /// <summary>Gets warnings about the data, one sentence each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Gets the rows whose labels are most likely wrong, the most doubtful first: the flagged rows, at least 20 and at most 1,000 rows.</summary>
    public required IReadOnlyList<DoubtfulRow> DoubtfulRows { get; init; }

    /// <summary>
    /// Gets how doubtful the labels of each usable row are, in the order of the data: by how many standard deviations their loss is above what the model expects.
    /// An unlikely label counts less if other rows have it after the same two labels. docs/diagnosis.md has the formula. Scores can be compared within one data set.
    /// </summary>
    public required IReadOnlyList<double> RowScores { get; init; }

    /// <summary>Gets the number of rows that are flagged.</summary>
    public required int FlaggedRows { get; init; }

    /// <summary>
    /// Gets what training with the options would take on this machine; <see langword="null"/> for a model made in code, and for options that
    /// <c>mlContext.Model.EstimateAsft</c> does not support.
    /// </summary>
    public required RunEstimate? Estimate { get; init; }

    /// <summary>Returns the diagnosis as text, with the most doubtful rows.</summary>
    public override string ToString() => DiagnosisSummary.Of(this);

    /// <summary>Writes the diagnosis as one HTML page that needs no other files.</summary>
    /// <param name="path">The file; it is replaced if it exists.</param>
    /// <param name="title">The page's title.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void WriteReport(string path, string title)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Checkpoints.AtomicFile.WriteText(path, new DiagnosisReport(title, this).ToHtml());
    }
}
