using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Training;

/// <summary>Fitting was cancelled. The step it was in was finished, and saved where there is an output folder.</summary>
public sealed class AsftInterruptedException : OperationCanceledException
{
    internal AsftInterruptedException(int step, int totalSteps, string? checkpointFolder, CancellationToken token)
        : base(MessageOf(step, totalSteps, checkpointFolder), token)
    {
        Step = step;
        CheckpointFolder = checkpointFolder;
    }

    /// <summary>Gets the number of steps that were done.</summary>
    public int Step { get; }

    /// <summary>Gets the checkpoint from which <see cref="CheckpointOptions.Resume"/> continues; <see langword="null"/> where there is none.</summary>
    public string? CheckpointFolder { get; }

    private static string MessageOf(int step, int totalSteps, string? folder) => folder is null
        ? $"Interrupted after step {step} of {totalSteps}; nothing was saved."
        : $"Interrupted after step {step} of {totalSteps}. The state is in '{folder}'; resume to continue from there.";
}
