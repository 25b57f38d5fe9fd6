using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft;

/// <summary>What fitting measured on the validation rows, as means over their labelled tokens.</summary>
public sealed record AsftValidation
{
    /// <summary>Gets the number of steps done; 0 for the model before fine-tuning.</summary>
    public required int Step { get; init; }

    /// <summary>Gets the objective's mean.</summary>
    public required double Loss { get; init; }

    /// <summary>Gets the mean of −log p(label) in nats.</summary>
    public required double CrossEntropy { get; init; }

    /// <summary>Gets exp(<see cref="CrossEntropy"/>).</summary>
    public double Perplexity => Math.Exp(CrossEntropy);

    /// <summary>Gets the share of labelled tokens that were the likeliest, 0 to 1.</summary>
    public required double TokenAccuracy { get; init; }

    /// <summary>Gets the mean KL divergence between the model and the model before fine-tuning in nats: how far it has drifted.</summary>
    public required double Kl { get; init; }

    /// <summary>Gets the number of labelled tokens.</summary>
    public required long Tokens { get; init; }

    /// <summary>Gets whether it is the best of training so far, by <see cref="ValidationOptions.Metric"/>.</summary>
    public required bool IsBest { get; init; }

    /// <summary>Gets the time that it took, in seconds.</summary>
    public required double Seconds { get; init; }
}
