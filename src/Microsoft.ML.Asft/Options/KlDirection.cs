namespace Microsoft.ML.Asft.Options;

/// <summary>The direction of the anchor's Kullback-Leibler divergence, which is computed over the whole vocabulary.</summary>
public enum KlDirection
{
    /// <summary>KL(q‖p) = Σ q·(log q − log p), with the reference q and the model p.</summary>
    Forward,

    /// <summary>KL(p‖q) = Σ p·(log p − log q).</summary>
    Reverse,
}
