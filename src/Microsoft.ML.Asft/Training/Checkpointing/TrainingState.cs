namespace Microsoft.ML.Asft.Training.Checkpointing;

/// <summary>
/// The progress of a run, besides the weights and the optimizer's state. The position in the shuffled data and the random numbers are not
/// stored, because they are functions of the step and the seed.
/// </summary>
internal sealed record TrainingState
{
    /// <summary>Gets the number of completed steps, including the skipped ones.</summary>
    public int Step { get; init; }

    /// <summary>Gets the number of steps that were skipped because the loss or the gradient was not finite.</summary>
    public int Skipped { get; init; }

    /// <summary>Gets the number of steps in a row that were skipped, up to the last step.</summary>
    public int SkippedInARow { get; init; }

    /// <summary>Gets the step of the last validation; −1 before the first one.</summary>
    public int ValidatedStep { get; init; } = -1;

    /// <summary>Gets the best validation score so far. Lower is better.</summary>
    public double? BestScore { get; init; }

    /// <summary>Gets the step of the best validation.</summary>
    public int? BestStep { get; init; }

    /// <summary>Gets the number of validations since the best one.</summary>
    public int ValidationsSinceBest { get; init; }

    /// <summary>Gets whether the run has done all its steps or stopped early.</summary>
    public bool IsFinished { get; init; }
}
