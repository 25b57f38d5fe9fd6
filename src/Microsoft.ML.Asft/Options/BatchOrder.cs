namespace Microsoft.ML.Asft.Options;

/// <summary>The order in which examples are visited.</summary>
public enum BatchOrder
{
    /// <summary>
    /// Shuffled by the seed, again in each epoch; within a window of some batches examples of like length go together, so
    /// that little is padded.
    /// </summary>
    Shuffled,

    /// <summary>As they come from the data, for comparisons with another trainer.</summary>
    Sequential,
}
