using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft;

/// <summary>The results of evaluating a model on demonstrations, as means over their labelled tokens.</summary>
public sealed record AsftMetrics
{
    /// <summary>Gets the number of labelled tokens.</summary>
    public required long Tokens { get; init; }

    /// <summary>
    /// Gets the mean KL divergence between the model and the model before fine-tuning, in nats, in the direction of <see cref="LossOptions.KlDirection"/>.
    /// </summary>
    public required double Kl { get; init; }

    /// <summary>Gets the mean of −log p, the loss of <see cref="AsftObjective.Sft"/>, in nats.</summary>
    public required double Sft { get; init; }

    /// <summary>Gets the mean of p·(−log p), the loss of <see cref="AsftObjective.Dft"/>.</summary>
    public required double Dft { get; init; }

    /// <summary>Gets the loss of <see cref="AsftObjective.SftKl"/>: <see cref="Sft"/> + λ·<see cref="Kl"/>.</summary>
    public required double SftKl { get; init; }

    /// <summary>Gets the loss of <see cref="AsftObjective.Asft"/>: <see cref="Dft"/> + λ·<see cref="Kl"/>.</summary>
    public required double Asft { get; init; }

    /// <summary>Gets the mean of the loss that the options choose.</summary>
    public double Loss { get; init; }

    /// <summary>Gets exp(<see cref="Sft"/>).</summary>
    public double Perplexity => Math.Exp(Sft);

    /// <summary>Gets the share of labelled tokens to which the model gave the highest probability, 0 to 1.</summary>
    public required double TokenAccuracy { get; init; }
}
