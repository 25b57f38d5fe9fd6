using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft;

/// <summary>What one optimizer step of fine-tuning did.</summary>
public sealed record AsftProgress
{
    /// <summary>Gets the step just done, from 1.</summary>
    public required int Step { get; init; }

    /// <summary>Gets the number of steps there will be.</summary>
    public required int TotalSteps { get; init; }

    /// <summary>Gets the position in the data: 1.5 is half-way through the second time.</summary>
    public required double Epoch { get; init; }

    /// <summary>Gets the objective's mean over the step's labelled tokens.</summary>
    public required double Loss { get; init; }

    /// <summary>Gets the mean of −log p(label) in nats.</summary>
    public required double CrossEntropy { get; init; }

    /// <summary>Gets the mean of p·(−log p), the part of the loss that is no anchor in <see cref="AsftObjective.Asft"/>.</summary>
    public double WeightedCrossEntropy { get; init; }

    /// <summary>Gets the share of labelled tokens that were the likeliest, 0 to 1.</summary>
    public double TokenAccuracy { get; init; }

    /// <summary>Gets the mean KL divergence between the model and its reference in nats; NaN when the objective has no anchor.</summary>
    public required double Kl { get; init; }

    /// <summary>Gets the Euclidean norm of the gradient before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Gets the learning rate of this step.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Gets the number of tokens that went through the model, padding not counted.</summary>
    public required int Tokens { get; init; }

    /// <summary>Gets the number of tokens with a label.</summary>
    public required int LabelledTokens { get; init; }

    /// <summary>Gets the time that the step took, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Gets the memory that the process holds after the step, in bytes; of a GPU's memory it knows nothing.</summary>
    public long MemoryBytes { get; init; }

    /// <summary>Gets whether the loss or the gradient was not finite, so that the parameters were left as they were.</summary>
    public bool IsSkipped { get; init; }
}
