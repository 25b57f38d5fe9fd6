namespace Microsoft.ML.Asft.Generation;

/// <summary>Why a completion ended.</summary>
public enum FinishReason
{
    /// <summary>An end-of-sequence token or a stop string ended it; neither is part of the text.</summary>
    Stop,

    /// <summary>It reached the most tokens allowed, or the end of what the model can see.</summary>
    Length,
}
