using System.Text.Json;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Text;

/// <summary>The objects of a JSON Lines file as rows of text columns, read anew by each cursor.</summary>
internal sealed class JsonLinesDataView : IDataView
{
    private readonly JsonLinesSource _source;
    private readonly long _rows;
    private readonly bool _keepsInvalid;

    private JsonLinesDataView(JsonLinesSource source, DataViewSchema schema, long rows, bool keepsInvalid)
    {
        _source = source;
        _rows = rows;
        _keepsInvalid = keepsInvalid;
        Schema = schema;
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    /// <summary>Goes through the source once: its columns are all fields that any row has, in the order they appear.</summary>
    /// <exception cref="InvalidDataException">A line is not a JSON object, or there is none.</exception>
    public static JsonLinesDataView Open(JsonLinesSource source, RowPolicy invalidLines = RowPolicy.Refuse)
    {
        bool keepsInvalid = invalidLines == RowPolicy.Skip;
        var names = new OrderedDictionary<string, bool>(StringComparer.Ordinal);
        long rows = 0;
        using JsonLinesReader reader = source.Read();
        while (TakeNames(reader, names, keepsInvalid))
        {
            rows++;
        }
        if (names.Count == 0)
        {
            throw new InvalidDataException(
                $"{source.Name} holds no rows. It needs lines such as {{\"instruction\": …, \"response\": …}}.");
        }
        var builder = new DataViewSchema.Builder();
        foreach (string name in names.Keys)
        {
            builder.AddColumn(name, TextDataViewType.Instance);
        }
        return new(source, builder.ToSchema(), rows, keepsInvalid);
    }

    public long? GetRowCount() => _rows;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new JsonLinesCursor(Schema, _source.Read(), columnsNeeded, _keepsInvalid);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private static bool TakeNames(JsonLinesReader reader, OrderedDictionary<string, bool> names, bool keepsInvalid)
    {
        try
        {
            using JsonDocument? row = reader.Next();
            foreach (JsonProperty field in row?.RootElement.EnumerateObject() ?? default)
            {
                names.TryAdd(field.Name.Length > 0 ? field.Name : throw reader.Wrong("a field has no name"), true);
            }
            return row is not null;
        }
        catch (InvalidDataException) when (keepsInvalid && reader.CanGoOn)
        {
            return true;
        }
    }
}
