using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Training;

/// <summary>Fitting was cancelled. It finished its current step first, and saved a checkpoint if there is an output folder.</summary>
public sealed class AsftInterruptedException : OperationCanceledException
{
    internal AsftInterruptedException(int step, int totalSteps, string? checkpointFolder, CancellationToken token)
        : base(MessageOf(step, totalSteps, checkpointFolder), token)
    {
        Step = step;
        CheckpointFolder = checkpointFolder;
    }

    /// <summary>Gets the number of steps that were completed.</summary>
    public int Step { get; }

    /// <summary>Gets the checkpoint from which <see cref="CheckpointOptions.Resume"/> resumes; <see langword="null"/> if there is none.</summary>
    public string? CheckpointFolder { get; }

    private static string MessageOf(int step, int totalSteps, string? folder) => folder is null
        ? $"Interrupted after step {step} of {totalSteps}; nothing was saved."
        : $"Interrupted after step {step} of {totalSteps}. The checkpoint is in '{folder}'. Resume the run to continue from there.";
}
