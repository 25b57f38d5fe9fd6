namespace Microsoft.ML.Asft.Generation;

/// <summary>Why a completion ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it with an end-of-sequence token, which is not part of the completion.</summary>
    Stop,

    /// <summary>It reached the most tokens allowed.</summary>
    Length,
}
