namespace Microsoft.ML.Asft.Pipeline;

/// <summary>Which columns of a row are asked for, to hold callers to it.</summary>
internal static class ActiveColumns
{
    public static bool[] Of(DataViewSchema schema, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        bool[] active = new bool[schema.Count];
        foreach (var column in activeColumns)
        {
            active[column.Index] = true;
        }

        return active;
    }

    /// <exception cref="InvalidOperationException">The column is not active, or not of the type asked for.</exception>
    public static ValueGetter<TValue> TextGetter<TValue>(DataViewSchema.Column column, bool[] active, Func<ReadOnlyMemory<char>> value)
    {
        active.Require(column);
        ValueGetter<ReadOnlyMemory<char>> getter = (ref ReadOnlyMemory<char> destination) => destination = value();
        return getter as ValueGetter<TValue> ?? throw new InvalidOperationException(
            $"The column '{column.Name}' has values of type {typeof(ReadOnlyMemory<char>)}, not {typeof(TValue)}.");
    }

    /// <exception cref="InvalidOperationException">The column is not active.</exception>
    public static void Require(this bool[] active, DataViewSchema.Column column)
    {
        if (!active[column.Index])
        {
            throw new InvalidOperationException($"The column '{column.Name}' is not active in this row; ask for it when making the cursor.");
        }
    }
}
