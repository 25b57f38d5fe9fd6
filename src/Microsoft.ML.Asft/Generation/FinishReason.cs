namespace Microsoft.ML.Asft.Generation;

/// <summary>Why a completion ended.</summary>
public enum FinishReason
{
    /// <summary>An end-of-sequence token or a stop string ended it; neither is part of the text.</summary>
    Stop,

    /// <summary>It reached the maximum number of tokens, or the end of the model's context.</summary>
    Length,
}
