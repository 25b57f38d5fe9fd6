namespace Microsoft.ML.Asft.Options;

/// <summary>
/// What several workers that train every parameter shard among themselves (ZeRO, arXiv 1910.02054). The results are the same except for rounding.
/// </summary>
public enum WorkerSharding
{
    /// <summary>Nothing. Every worker stores all weights, all gradients and the whole state of the optimizer.</summary>
    None,

    /// <summary>
    /// Gradients, float32 master weights and the optimizer's state: 16 bytes a parameter with AdamW (ZeRO-2). The gradients of a layer are summed as
    /// soon as they are computed. After each step the workers gather the new weights.
    /// </summary>
    Optimizer,

    /// <summary>
    /// The layers' weights too (ZeRO-3). A layer's weights are gathered just before it runs, in the forward and in the backward pass, and freed after it.
    /// Every worker stores the embedding and the head in full. It needs 1.5 times as much communication.
    /// </summary>
    Parameters,
}
