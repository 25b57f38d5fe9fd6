using System.Text.Json;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Text;

/// <summary>Goes through a JSON Lines source; a field that a row lacks is empty text.</summary>
/// <param name="schema">The columns.</param>
/// <param name="reader">The source.</param>
/// <param name="columnsNeeded">The columns to read.</param>
/// <param name="keepsInvalid">Whether a line that is no object is a row, whose values cannot be got, or ends the reading.</param>
internal sealed class JsonLinesCursor(
    DataViewSchema schema, JsonLinesReader reader, IEnumerable<DataViewSchema.Column> columnsNeeded, bool keepsInvalid) : DataViewRowCursor
{
    private readonly bool[] _active = ActiveColumns.Of(schema, columnsNeeded);
    private readonly string[] _values = new string[schema.Count];
    private long _position = -1;
    private bool _isAtRow;
    private InvalidDataException? _problem;

    public override DataViewSchema Schema => schema;

    public override long Position => _position;

    public override long Batch => 0;

    public override bool MoveNext()
    {
        _problem = null;
        try
        {
            _isAtRow = ReadRow();
        }
        catch (InvalidDataException error) when (keepsInvalid && reader.CanGoOn)
        {
            (_isAtRow, _problem) = (true, error);
        }
        _position = _isAtRow ? _position + 1 : -1;
        return _isAtRow;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() =>
        (ref DataViewRowId id) => id = new DataViewRowId((ulong)(_isAtRow ? _position : throw NoRow()), 0);

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        ActiveColumns.TextGetter<TValue>(column, _active, () => _isAtRow ? Value(column.Index).AsMemory() : throw NoRow());

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _isAtRow = false;
            reader.Dispose();
        }
        base.Dispose(disposing);
    }

    private bool ReadRow()
    {
        using JsonDocument? row = reader.Next();
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

    private string Value(int column) => _problem is null ? _values[column] : throw _problem;

    private static InvalidOperationException NoRow() => new("The cursor is not at a row; call MoveNext first.");
}
