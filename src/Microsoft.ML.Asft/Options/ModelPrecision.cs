namespace Microsoft.ML.Asft.Options;

/// <summary>The number format of the base model's weights and activations. The loss is computed in float32 in both cases.</summary>
public enum ModelPrecision
{
    /// <summary>32-bit floating point.</summary>
    Float32,

    /// <summary>
    /// bfloat16 weights and activations, with float32 adapters, normalisation, softmax and loss. It needs half the memory, and is
    /// faster if the processor multiplies bfloat16 (AVX512-BF16, AMX, GPUs since Ampere). If it does not, the frozen weights of projections are
    /// stored as bfloat16 all the same, and expanded to float32 for float32 products; the rest of the model is float32.
    /// </summary>
    BFloat16,

    /// <summary>
    /// <see cref="BFloat16"/> if the processor multiplies bfloat16 or the model is on a GPU. Otherwise products are computed in float32, and the frozen
    /// weights of projections are stored as in the model's files.
    /// </summary>
    Auto,
}
