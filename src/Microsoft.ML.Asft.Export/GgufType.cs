namespace Microsoft.ML.Asft.Export;

/// <summary>The number format of the matrices in a GGUF file. Norms and biases are always float32.</summary>
public enum GgufType
{
    /// <summary>float32, 4 bytes a number.</summary>
    Float32 = 0,

    /// <summary>float16, 2 bytes a number, at most 65504. A model with larger numbers is an error.</summary>
    Float16 = 1,

    /// <summary>bfloat16, 2 bytes a number.</summary>
    BFloat16 = 30,

    /// <summary>Q8_0: blocks of 32 numbers of 8 bits with a common float16 scale, 34 bytes a block.</summary>
    Q8_0 = 8,
}
