namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>A block of consecutive queries, in sequences of equal length, with the range of keys that they see.</summary>
/// <param name="FirstQuery">The position of the first query.</param>
/// <param name="Queries">The number of queries.</param>
/// <param name="Groups">The number of query heads for each key-value head, and so of rows of scores for each query.</param>
/// <param name="Window">The number of tokens that a query sees, itself included; <see langword="null"/> for no limit.</param>
internal readonly record struct AttentionBlock(long FirstQuery, long Queries, long Groups, long? Window)
{
    /// <summary>Gets the position of the first key.</summary>
    public long FirstKey => Window is { } window ? Math.Max(0, FirstQuery - window + 1) : 0;

    /// <summary>Gets the number of keys.</summary>
    public long Keys => FirstQuery + Queries - FirstKey;

    /// <summary>The range of keys that a row of scores (heads, Queries·G) sees, counted from the first key of the block.</summary>
    public (long From, long To) KeysOf(long row)
    {
        long query = FirstQuery + (row % (Queries * Groups) / Groups);
        long from = Window is { } window ? Math.Max(0, query - window + 1) : 0;
        return (from - FirstKey, query + 1 - FirstKey);
    }
}
