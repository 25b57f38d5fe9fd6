using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft;

/// <summary>The results of one evaluation on the validation rows during fitting, as means over their labelled tokens.</summary>
public sealed record AsftValidation
{
    /// <summary>Gets the number of optimizer steps before this evaluation; 0 for the model before fine-tuning.</summary>
    public required int Step { get; init; }

    /// <summary>Gets the mean loss of the objective.</summary>
    public required double Loss { get; init; }

    /// <summary>Gets the mean of −log p(label) in nats.</summary>
    public required double CrossEntropy { get; init; }

    /// <summary>Gets exp(<see cref="CrossEntropy"/>).</summary>
    public double Perplexity => Math.Exp(CrossEntropy);

    /// <summary>Gets the share of labelled tokens to which the model gave the highest probability, 0 to 1.</summary>
    public required double TokenAccuracy { get; init; }

    /// <summary>Gets the mean KL divergence between the model and the model before fine-tuning, in nats.</summary>
    public required double Kl { get; init; }

    /// <summary>Gets the number of labelled tokens.</summary>
    public required long Tokens { get; init; }

    /// <summary>Gets whether this is the best result of training so far, by <see cref="ValidationOptions.Metric"/>.</summary>
    public required bool IsBest { get; init; }

    /// <summary>Gets the duration of this evaluation, in seconds.</summary>
    public required double Seconds { get; init; }
}
