namespace Microsoft.ML.Asft.Options;

/// <summary>By what one measurement on the validation rows is better than another.</summary>
public enum ValidationMetric
{
    /// <summary>A lower mean of −log p(label), and so a lower perplexity.</summary>
    CrossEntropy,

    /// <summary>
    /// A lower loss of the objective. Losses weighted by probability rise before they fall: p·(−log p) is largest at p = 1/e, and
    /// a model that learns what it held unlikely passes there.
    /// </summary>
    Loss,

    /// <summary>More labelled tokens that are the likeliest.</summary>
    TokenAccuracy,
}
