using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>The text columns of a data view's rows, as names and values.</summary>
internal static class TextRows
{
    public static IReadOnlyList<Dictionary<string, string>> Read(IDataView data)
    {
        ArgumentNullException.ThrowIfNull(data);
        var columns = data.Schema.Where(column => !column.IsHidden && column.Type is TextDataViewType).ToArray();
        using var cursor = data.GetRowCursor(columns);
        var getters = columns.Select(column => cursor.GetGetter<ReadOnlyMemory<char>>(column)).ToArray();
        var rows = new List<Dictionary<string, string>>();
        while (cursor.MoveNext())
        {
            var row = new Dictionary<string, string>(StringComparer.Ordinal);
            for (int i = 0; i < columns.Length; i++)
            {
                ReadOnlyMemory<char> value = default;
                getters[i](ref value);
                row[columns[i].Name] = value.ToString();
            }

            rows.Add(row);
        }

        return rows.Count > 0 ? rows : throw new InvalidDataException("The data has no rows: there is nothing to evaluate.");
    }
}
