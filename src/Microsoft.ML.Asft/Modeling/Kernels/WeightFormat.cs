namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>How the numbers of a weight are stored.</summary>
internal enum WeightFormat
{
    Float32,
    BFloat16,

    /// <summary>llama.cpp's Q8_0: blocks of 32 numbers, a float16 scale and 32 signed bytes each.</summary>
    Int8,
}
