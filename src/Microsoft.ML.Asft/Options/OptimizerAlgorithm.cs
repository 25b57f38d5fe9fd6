namespace Microsoft.ML.Asft.Options;

/// <summary>The built-in update rules.</summary>
public enum OptimizerAlgorithm
{
    /// <summary>Adam with decoupled weight decay (arXiv 1711.05101). Its state has two numbers for each trained parameter.</summary>
    AdamW,

    /// <summary>
    /// Lion (arXiv 2302.06675): steps of equal size in the direction of the sign of the momentum. Its state has one number for each trained parameter.
    /// </summary>
    Lion,
}
