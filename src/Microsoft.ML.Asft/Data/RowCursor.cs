using Microsoft.ML.Asft.Data.Formats;
using Microsoft.ML.Asft.Pipeline;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Data;

/// <summary>Iterates over the rows of files. A missing field is empty text.</summary>
/// <param name="schema">The columns.</param>
/// <param name="files">The files.</param>
/// <param name="columnsNeeded">The columns to read.</param>
/// <param name="keepsInvalid">Whether a row that cannot be read throws only when its values are read, or ends the reading.</param>
internal sealed class RowCursor(
    DataViewSchema schema, IReadOnlyList<RowFile> files, IEnumerable<DataViewSchema.Column> columnsNeeded, bool keepsInvalid) : DataViewRowCursor
{
    private readonly bool[] _active = ActiveColumns.Of(schema, columnsNeeded);
    private readonly string[] _values = new string[schema.Count];
    private RowReader? _reader;
    private int _nextFile;
    private long _position = -1;
    private bool _isAtRow;
    private InvalidDataException? _problem;

    public override DataViewSchema Schema => schema;

    public override long Position => _position;

    public override long Batch => 0;

    /// <summary>Gets the position of the row for messages: its file, and the line or row.</summary>
    public string Place => _reader!.Place;

    public override bool MoveNext()
    {
        _problem = null;
        try
        {
            _isAtRow = ReadRow();
        }
        catch (InvalidDataException error) when (keepsInvalid && _reader is { CanContinue: true })
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
            _reader?.Dispose();
            _reader = null;
        }
        base.Dispose(disposing);
    }

    private bool ReadRow()
    {
        while (_reader is null || !_reader.MoveNext())
        {
            if (_nextFile == files.Count)
            {
                return false;
            }
            _reader?.Dispose();
            _reader = null;
            _reader = files[_nextFile++].Read();
        }
        foreach (DataViewSchema.Column column in schema)
        {
            if (_active[column.Index])
            {
                _values[column.Index] = _reader.Text(column.Name);
            }
        }
        return true;
    }

    private string Value(int column) => _problem is null ? _values[column] : throw _problem;

    private static InvalidOperationException NoRow() => new("The cursor is not at a row; call MoveNext first.");
}
