using System.Text.Json.Nodes;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>The rows of a data view as JSON objects.</summary>
internal static class DataViewRows
{
    /// <summary>Reads the text columns row by row. Each row owns its memory.</summary>
    public static IEnumerable<JsonObject> Read(IDataView data)
    {
        var columns = data.Schema.Where(c => !c.IsHidden && c.Type is TextDataViewType).ToArray();
        using var cursor = data.GetRowCursor(columns);
        var getters = columns.Select(c => cursor.GetGetter<ReadOnlyMemory<char>>(c)).ToArray();
        while (cursor.MoveNext())
        {
            var row = new JsonObject();
            for (int i = 0; i < columns.Length; i++)
            {
                ReadOnlyMemory<char> value = default;
                getters[i](ref value);
                row[columns[i].Name] = value.ToString();
            }

            yield return row;
        }
    }
}
