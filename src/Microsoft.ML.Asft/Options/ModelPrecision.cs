namespace Microsoft.ML.Asft.Options;

/// <summary>The number format of the base model's weights and activations. Loss mathematics is float32 in either.</summary>
public enum ModelPrecision
{
    /// <summary>32-bit floating point.</summary>
    Float32,

    /// <summary>
    /// bfloat16 weights and activations, with float32 adapters, normalisation, softmax and loss: half the memory, and
    /// faster where the processor multiplies bfloat16 (AVX512-BF16, AMX, GPUs since Ampere).
    /// </summary>
    BFloat16,
}
