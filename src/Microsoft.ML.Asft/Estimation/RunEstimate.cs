namespace Microsoft.ML.Asft.Estimation;

/// <summary>What a training run on the CPU would take. Made by <c>mlContext.Model.EstimateAsft</c>, and part of a diagnosis.</summary>
/// <remarks>Memory is counted from the sizes of what a run keeps; time is measured on this machine, on a few layers of the model's shape, for about a second, as processor time: what the run would take with nothing else at work.</remarks>
public sealed record RunEstimate
{
    /// <summary>Gets the memory of the process at its peak, in bytes.</summary>
    public required long PeakMemoryBytes { get; init; }

    /// <summary>Gets the part of it that holds the model's weights.</summary>
    public required long WeightBytes { get; init; }

    /// <summary>Gets the part of it that what is trained takes beside the weights: masters, gradients and the optimizer's state.</summary>
    public required long OptimizerBytes { get; init; }

    /// <summary>Gets the part of it that the largest batch takes: what the backward pass needs, and the head's logits.</summary>
    public required long BatchBytes { get; init; }

    /// <summary>Gets the part of it that a cached reference takes; 0 where there is none, it is kept in a file, or the number of rows is not known.</summary>
    public required long ReferenceBytes { get; init; }

    /// <summary>Gets the number of parameters of the model.</summary>
    public required long Parameters { get; init; }

    /// <summary>Gets the number of parameters that are trained.</summary>
    public required long TrainedParameters { get; init; }

    /// <summary>Gets the tokens of one optimizer step, prompts included.</summary>
    public required double TokensPerStep { get; init; }

    /// <summary>Gets the seconds of one optimizer step.</summary>
    public required double SecondsPerStep { get; init; }

    /// <summary>Gets the number of optimizer steps; <see langword="null"/> where neither the data nor the options say it.</summary>
    public required long? Steps { get; init; }

    /// <summary>
    /// Gets the seconds of the whole run: the reference, and all steps; loading, measuring and saving aside. <see langword="null"/> where <see cref="Steps"/> is.
    /// </summary>
    public required double? Seconds { get; init; }
}
