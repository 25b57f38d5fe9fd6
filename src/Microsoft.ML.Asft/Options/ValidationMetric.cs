namespace Microsoft.ML.Asft.Options;

/// <summary>The metric that decides which validation result is better.</summary>
public enum ValidationMetric
{
    /// <summary>The mean of −log p(label), and so the perplexity. Lower is better.</summary>
    CrossEntropy,

    /// <summary>
    /// The loss of the objective. Lower is better. A loss that is weighted by the probability can rise while the model improves: p·(−log p) is
    /// largest at p = 1/e, and the probability of an unlikely label passes this value as the model learns it.
    /// </summary>
    Loss,

    /// <summary>The share of labelled tokens to which the model gives the highest probability. Higher is better.</summary>
    TokenAccuracy,
}
