namespace Microsoft.ML.Asft.Data.Formats;

/// <summary>Assembles the values of a column from its leaves, row by row of a row group.</summary>
/// <param name="root">The column.</param>
/// <param name="leaves">Its leaves.</param>
internal sealed class ParquetField(ParquetNode root, ParquetColumn[] leaves) : IDisposable
{
    private long _row;

    /// <summary>Reads the value of a row. Rows must be read in order.</summary>
    /// <returns>Text, a number, a truth value, a list, a dictionary or null.</returns>
    /// <exception cref="InvalidDataException">The levels of the leaves do not fit together.</exception>
    public object? Read(long row)
    {
        object? value = null;
        for (; _row <= row; _row++)
        {
            value = Value(root);
        }
        return value;
    }

    public void Dispose()
    {
        foreach (ParquetColumn leaf in leaves)
        {
            leaf.Dispose();
        }
    }

    private ParquetColumn FirstLeaf(ParquetNode node) => leaves[node.FirstLeaf - root.FirstLeaf];

    private object? Value(ParquetNode node)
    {
        bool isThere = FirstLeaf(node).Definition >= node.Definition;
        if (node.IsRepeated)
        {
            return isThere ? Items(node) : Nothing(node, new List<object?>());
        }
        return isThere ? Body(node) : Nothing(node, null);
    }

    private List<object?> Items(ParquetNode node)
    {
        var items = new List<object?>();
        do
        {
            items.Add(Body(node));
        }
        while (FirstLeaf(node).Repetition == node.Repetition);
        return items;
    }

    private object? Body(ParquetNode node)
    {
        if (node.IsLeaf)
        {
            return FirstLeaf(node).Take();
        }
        if (node.IsList)
        {
            ParquetNode repeated = node.Children[0];
            var items = (List<object?>)Value(repeated)!;
            return repeated.WrapsItem ? items.ConvertAll(item => ((Dictionary<string, object?>)item!)[repeated.Children[0].Name]) : items;
        }
        if (node.IsMap)
        {
            (string key, string value) = (node.Children[0].Children[0].Name, node.Children[0].Children[1].Name);
            var pairs = ((List<object?>)Value(node.Children[0])!).Cast<Dictionary<string, object?>>();
            return pairs.ToDictionary(pair => ParquetValue.ToText(pair[key]), pair => pair[value], StringComparer.Ordinal);
        }
        return node.Children.ToDictionary(child => child.Name, Value, StringComparer.Ordinal);
    }

    // Every leaf also has an entry for an absent value.
    private object? Nothing(ParquetNode node, object? value)
    {
        for (int i = 0; i < node.LeafCount; i++)
        {
            leaves[node.FirstLeaf - root.FirstLeaf + i].Take();
        }
        return value;
    }
}
