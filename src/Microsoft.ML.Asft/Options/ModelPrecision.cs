namespace Microsoft.ML.Asft.Options;

/// <summary>The number format of the base model's weights and activations. The loss is computed in float32 in both cases.</summary>
public enum ModelPrecision
{
    /// <summary>32-bit floating point.</summary>
    Float32,

    /// <summary>
    /// bfloat16 weights and activations, with float32 adapters, normalisation, softmax and loss. It needs half the memory, and is
    /// faster if the processor multiplies bfloat16 (AVX512-BF16, AMX, GPUs since Ampere).
    /// </summary>
    BFloat16,
}
