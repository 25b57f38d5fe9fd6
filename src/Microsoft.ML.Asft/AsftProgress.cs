using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft;

/// <summary>The results of one optimizer step of fine-tuning.</summary>
public sealed record AsftProgress
{
    /// <summary>Gets the number of this step, from 1.</summary>
    public required int Step { get; init; }

    /// <summary>Gets the number of steps that the run has in all, if it does not stop early.</summary>
    public required int TotalSteps { get; init; }

    /// <summary>Gets the position in the data, in epochs: 1.5 is half-way through the second epoch.</summary>
    public required double Epoch { get; init; }

    /// <summary>Gets the mean loss over the step's labelled tokens.</summary>
    public required double Loss { get; init; }

    /// <summary>Gets the mean of −log p(label) in nats.</summary>
    public required double CrossEntropy { get; init; }

    /// <summary>Gets the mean of p·(−log p): the loss of <see cref="AsftObjective.Asft"/> without its anchor.</summary>
    public double WeightedCrossEntropy { get; init; }

    /// <summary>Gets the share of labelled tokens to which the model gave the highest probability, 0 to 1.</summary>
    public double TokenAccuracy { get; init; }

    /// <summary>Gets the mean KL divergence between the model and its reference in nats; NaN when the objective has no anchor.</summary>
    public required double Kl { get; init; }

    /// <summary>Gets the Euclidean norm of the gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Gets the learning rate of this step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Gets the number of tokens of the step's rows, without padding.</summary>
    public required int Tokens { get; init; }

    /// <summary>Gets the number of tokens with a label.</summary>
    public required int LabelledTokens { get; init; }

    /// <summary>Gets the time that the step took, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Gets the memory that the process holds after the step, in bytes. A GPU's memory is not included.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Gets whether the step was skipped because the loss or the gradient was not finite. A skipped step does not change the parameters.</summary>
    public bool IsSkipped { get; init; }
}
