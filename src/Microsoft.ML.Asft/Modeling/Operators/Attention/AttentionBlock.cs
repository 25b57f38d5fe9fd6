namespace Microsoft.ML.Asft.Modeling.Operators.Attention;

/// <summary>Consecutive queries of sequences of one length, and the keys that any of them sees.</summary>
/// <param name="FirstQuery">The position of the first query.</param>
/// <param name="Queries">How many queries there are.</param>
/// <param name="Groups">Query heads to a key-value head: rows of scores to a query.</param>
/// <param name="Window">How far back a query sees, itself included; none for all the way.</param>
internal readonly record struct AttentionBlock(long FirstQuery, long Queries, long Groups, long? Window)
{
    /// <summary>Gets the position of the first key.</summary>
    public long FirstKey => Window is { } window ? Math.Max(0, FirstQuery - window + 1) : 0;

    /// <summary>Gets how many keys there are.</summary>
    public long Keys => FirstQuery + Queries - FirstKey;

    /// <summary>The keys, from the first of the block, that a row of scores (heads, Queries·G) may look at.</summary>
    public (long From, long To) KeysOf(long row)
    {
        long query = FirstQuery + (row % (Queries * Groups) / Groups);
        long from = Window is { } window ? Math.Max(0, query - window + 1) : 0;
        return (from - FirstKey, query + 1 - FirstKey);
    }
}
