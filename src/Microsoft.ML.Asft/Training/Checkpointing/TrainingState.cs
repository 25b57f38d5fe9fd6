namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>
/// How far a run is, besides weights and moments. The place in the shuffled data and the state of the random numbers follow
/// from the step: both are functions of it and of the seed.
/// </summary>
internal sealed record TrainingState
{
    /// <summary>Gets the steps done.</summary>
    public int Step { get; init; }

    /// <summary>Gets the steps that were skipped because loss or gradient was not finite.</summary>
    public int Skipped { get; init; }

    /// <summary>Gets how many of the last steps were skipped.</summary>
    public int SkippedInARow { get; init; }

    /// <summary>Gets the step that was measured last on the validation rows; −1 before the first.</summary>
    public int ValidatedStep { get; init; } = -1;

    /// <summary>Gets the best measurement so far; less is better.</summary>
    public double? BestScore { get; init; }

    /// <summary>Gets the step that it was measured after.</summary>
    public int? BestStep { get; init; }

    /// <summary>Gets how many measurements there have been since.</summary>
    public int ValidationsSinceBest { get; init; }

    /// <summary>Gets whether there is nothing left to do.</summary>
    public bool IsFinished { get; init; }
}
