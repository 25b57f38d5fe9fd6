namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>How the numbers of a weight are stored.</summary>
internal enum WeightFormat
{
    Float32,
    BFloat16,
}
