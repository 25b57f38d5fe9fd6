namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>How the numbers of a weight are stored.</summary>
internal enum WeightFormat
{
    Float32,
    BFloat16,

    /// <summary><see cref="Storage.Int8Blocks"/>.</summary>
    Int8,
}
