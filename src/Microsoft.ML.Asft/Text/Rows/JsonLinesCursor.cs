using System.Text.Json;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Text;

/// <summary>Goes through a JSON Lines source; a field that a row lacks is empty text.</summary>
internal sealed class JsonLinesCursor(DataViewSchema schema, JsonLinesReader reader, IEnumerable<DataViewSchema.Column> columnsNeeded)
    : DataViewRowCursor
{
    private readonly bool[] _active = ActiveColumns.Of(schema, columnsNeeded);
    private readonly string[] _values = new string[schema.Count];
    private long _position = -1;
    private bool _isAtRow;

    public override DataViewSchema Schema => schema;

    public override long Position => _position;

    public override long Batch => 0;

    public override bool MoveNext()
    {
        using JsonDocument? row = reader.Next();
        _isAtRow = row is not null;
        _position = _isAtRow ? _position + 1 : -1;
        if (row is null)
        {
            return false;
        }
        foreach (DataViewSchema.Column column in schema)
        {
            if (_active[column.Index])
            {
                _values[column.Index] = row.RootElement.TryGetProperty(column.Name, out JsonElement value) ? reader.TextOf(value) : "";
            }
        }
        return true;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() =>
        (ref DataViewRowId id) => id = new DataViewRowId((ulong)(_isAtRow ? _position : throw NoRow()), 0);

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        ActiveColumns.TextGetter<TValue>(column, _active, () => _isAtRow ? _values[column.Index].AsMemory() : throw NoRow());

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _isAtRow = false;
            reader.Dispose();
        }
        base.Dispose(disposing);
    }

    private static InvalidOperationException NoRow() => new("The cursor is not at a row; call MoveNext first.");
}
