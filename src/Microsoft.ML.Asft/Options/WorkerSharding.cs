namespace Microsoft.ML.Asft.Options;

/// <summary>
/// What several workers that train every parameter divide among themselves instead of each keeping all of it (ZeRO, arXiv 1910.02054).
/// The numbers are the same but for rounding.
/// </summary>
public enum WorkerSharding
{
    /// <summary>Nothing: every worker keeps weights, gradients and the optimizer's state.</summary>
    None,

    /// <summary>
    /// Gradients, float32 master weights and the optimizer's moments, 16 bytes a parameter (ZeRO-2). Each layer's gradients are summed as
    /// soon as they are there; after each step the workers give each other the new weights.
    /// </summary>
    Optimizer,

    /// <summary>
    /// The layers' weights too (ZeRO-3): a layer is put together just before it runs, forward and backward, and let go after it. Embedding
    /// and head stay with every worker. It costs a half more of communication.
    /// </summary>
    Parameters,
}
