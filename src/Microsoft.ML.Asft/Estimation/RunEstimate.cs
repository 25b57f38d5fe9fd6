namespace Microsoft.ML.Asft.Estimation;

/// <summary>The memory and time that a training run on the CPU would take. <c>mlContext.Model.EstimateAsft</c> creates it, and it is part of a diagnosis.</summary>
/// <remarks>
/// Memory is counted from the sizes of what a run keeps. Time is measured on this machine with one and with three layers of the model, its head and its batches, which takes a few
/// seconds. On Linux it is the time that the training thread computes, so it is what the run would take if nothing else used the machine.
/// </remarks>
public sealed record RunEstimate
{
    /// <summary>Gets the memory of the process at its peak, in bytes.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>Gets the part of it that holds the model's weights.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Gets the part of it for training the parameters: their float32 values, gradients and the optimizer's state.</summary>
    public required long OptimizerBytes { get; init; }

    /// <summary>Gets the part of it that the largest batch takes: what the backward pass needs, and the head's logits.</summary>
    public required long BatchBytes { get; init; }

    /// <summary>Gets the part of it that a cached reference takes; 0 if there is none, if it is kept in a file, or if the number of rows is not known.</summary>
    public required long ReferenceBytes { get; init; }

    /// <summary>Gets the number of parameters of the model.</summary>
    public required long Parameters { get; init; }

    /// <summary>Gets the number of parameters that are trained.</summary>
    public required long TrainedParameters { get; init; }

    /// <summary>Gets the tokens of one optimizer step, prompts included.</summary>
    public required double TokensPerStep { get; init; }

    /// <summary>Gets the seconds of one optimizer step.</summary>
    public required double SecondsPerStep { get; init; }

    /// <summary>Gets the number of optimizer steps; <see langword="null"/> if neither the data nor the options determine it.</summary>
    public required long? Steps { get; init; }

    /// <summary>
    /// Gets the seconds of the whole run: the reference, all steps and the trial of the largest batch, without loading, validation and saving. <see langword="null"/> if <see cref="Steps"/> is.
    /// </summary>
    public required double? Seconds { get; init; }
}
