namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>A row whose labels the model finds unlikely beside those of the other rows.</summary>
public sealed record DoubtfulRow
{
    /// <summary>Gets the number of the row in the data, from 1; rows that cannot be used count too.</summary>
    public required long Row { get; init; }

    /// <summary>Gets how doubtful it is: see <see cref="AsftDiagnosis.RowScores"/>.</summary>
    public required double Score { get; init; }

    /// <summary>Gets whether its label is likely wrong. Rows that are not flagged are listed too if few are.</summary>
    public required bool IsFlagged { get; init; }

    /// <summary>Gets the end of the text before the first label.</summary>
    public required string Prompt { get; init; }

    /// <summary>Gets the beginning of the labelled text.</summary>
    public required string Response { get; init; }

    /// <summary>Gets the text of the most doubtful label.</summary>
    public required string Label { get; init; }

    /// <summary>Gets the model's probability of that label, 0 to 1.</summary>
    public required double Probability { get; init; }

    /// <summary>Gets the text that the model finds likeliest there.</summary>
    public required string Likeliest { get; init; }

    /// <summary>Gets the model's probability of that text.</summary>
    public required double LikeliestProbability { get; init; }
}
