namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>Where a decoder layer normalises, in each of its residual branches.</summary>
internal enum NormPlacement
{
    /// <summary>What a branch reads, as in Llama, Mistral and Qwen.</summary>
    BeforeBody,

    /// <summary>What a branch adds, as in OLMo 2.</summary>
    AfterBody,

    /// <summary>Both, as in Gemma 2.</summary>
    BeforeAndAfterBody,
}
