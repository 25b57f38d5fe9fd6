namespace Microsoft.ML.Asft.Pipeline;

/// <summary>Tells which columns of a row are active, and checks that callers read only those.</summary>
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

    /// <exception cref="InvalidOperationException">The column is not active, or its type is not <typeparamref name="TValue"/>.</exception>
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
            throw new InvalidOperationException($"The column '{column.Name}' is not active in this row. Ask for it when you create the cursor.");
        }
    }
}
