namespace Microsoft.ML.Asft.Options;

/// <summary>Which way round the anchor's Kullback-Leibler divergence is taken, over the whole vocabulary.</summary>
public enum KlDirection
{
    /// <summary>KL(q‖p): the reference's expectation of how much less likely the model finds its tokens.</summary>
    Forward,

    /// <summary>KL(p‖q): the model's own expectation.</summary>
    Reverse,
}
