namespace Microsoft.ML.Asft.Options;

/// <summary>The order of the examples in training.</summary>
public enum BatchOrder
{
    /// <summary>
    /// Shuffled by the seed, differently in each epoch. Within a window of some steps, examples of similar length are combined, so
    /// that there is little padding.
    /// </summary>
    Shuffled,

    /// <summary>The order of the data, for comparisons with another trainer.</summary>
    Sequential,
}
