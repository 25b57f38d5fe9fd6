namespace Microsoft.ML.Asft.Options;

/// <summary>The update rules that are built in.</summary>
public enum OptimizerAlgorithm
{
    /// <summary>Adam with decoupled weight decay (arXiv 1711.05101); it remembers two numbers for each trained one.</summary>
    AdamW,

    /// <summary>Lion (arXiv 2302.06675): steps of one size along the sign of the momentum; it remembers one number for each trained one.</summary>
    Lion,
}
