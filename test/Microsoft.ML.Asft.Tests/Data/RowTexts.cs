namespace Microsoft.ML.Asft.Tests.Data;

/// <summary>Rows as one text, a line each: their columns that are not empty.</summary>
internal static class RowTexts
{
    public static string Of(IDataView data)
    {
        using DataViewRowCursor cursor = data.GetRowCursor(data.Schema);
        (string Name, ValueGetter<ReadOnlyMemory<char>> Get)[] getters =
            [.. data.Schema.Select(column => (column.Name, cursor.GetGetter<ReadOnlyMemory<char>>(column)))];
        var rows = new List<string>();
        ReadOnlyMemory<char> value = default;
        while (cursor.MoveNext())
        {
            rows.Add(string.Join(';', getters.Select(getter =>
            {
                getter.Get(ref value);
                return value.Length > 0 ? $"{getter.Name}={value}" : "";
            }).Where(text => text.Length > 0)));
        }
        return string.Join('\n', rows);
    }
}
