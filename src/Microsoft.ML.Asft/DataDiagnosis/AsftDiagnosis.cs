using Microsoft.ML.Asft.Estimation;

namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>What a base model makes of training data before it is trained on them. Made by <c>mlContext.Model.DiagnoseAsft</c>.</summary>
public sealed record AsftDiagnosis
{
    /// <summary>Gets how to train on the data, and why.</summary>
    public required TrainingRecommendation Recommendation { get; init; }

    /// <summary>Gets what becomes of the rows.</summary>
    public required RowFacts Rows { get; init; }

    /// <summary>Gets what the model makes of their labelled tokens.</summary>
    public required TokenFacts Tokens { get; init; }

    /// <summary>Gets what one should know before training, a sentence each.</summary>
    public required IReadOnlyList<string> Warnings { get; init; }

    /// <summary>Gets the rows whose labels are most likely wrong, the most doubtful first: all that are flagged, and some more.</summary>
    public required IReadOnlyList<DoubtfulRow> DoubtfulRows { get; init; }

    /// <summary>
    /// Gets how doubtful the labels of each usable row are, in the order of the data: how many standard deviations they cost more than the model expects, the same
    /// tokens in other rows aside. docs/diagnosis.md has the formula. Comparable within one data set.
    /// </summary>
    public required IReadOnlyList<double> RowScores { get; init; }

    /// <summary>Gets the number of rows that are flagged.</summary>
    public required int FlaggedRows { get; init; }

    /// <summary>
    /// Gets what training with the options would take on this machine; <see langword="null"/> for a run on a GPU, of several workers, of a model made in code, or
    /// otherwise not on the CPU's executor.
    /// </summary>
    public required RunEstimate? Estimate { get; init; }

    /// <summary>The diagnosis in words, with the most doubtful rows.</summary>
    public override string ToString() => DiagnosisSummary.Of(this);

    /// <summary>Writes the diagnosis as one HTML page that needs nothing beside it.</summary>
    /// <param name="path">The file. One that exists is replaced.</param>
    /// <param name="title">The page's title.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void WriteReport(string path, string title)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Checkpoints.AtomicFile.WriteText(path, new DiagnosisReport(title, this).ToHtml());
    }
}
