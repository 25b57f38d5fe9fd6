namespace Microsoft.ML.Asft.Options;

/// <summary>How the frozen weights of projections are stored in memory. They are expanded to the format of products just before each product.</summary>
public enum WeightQuantization
{
    /// <summary>They are not quantized.</summary>
    None,

    /// <summary>
    /// 8 bits with a float16 scale for each 32 weights: 8.5 bits a weight. With rows of a multiple of 32 it is llama.cpp's Q8_0, and decoding multiplies
    /// the 8-bit numbers themselves, by activations that are rounded to 8 bits too.
    /// </summary>
    Int8,

    /// <summary>4-bit NormalFloat with a scale for each 64 weights (QLoRA, arXiv 2305.14314): 4.5 bits a weight.</summary>
    Nf4,
}
