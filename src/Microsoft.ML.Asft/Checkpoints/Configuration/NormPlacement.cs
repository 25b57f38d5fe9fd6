namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>Where a decoder layer normalises, in each of its residual branches.</summary>
public enum NormPlacement
{
    /// <summary>The input of a branch, as in Llama, Mistral and Qwen.</summary>
    BeforeBody,

    /// <summary>The output of a branch, as in OLMo 2.</summary>
    AfterBody,

    /// <summary>Both, as in Gemma 2.</summary>
    BeforeAndAfterBody,
}
