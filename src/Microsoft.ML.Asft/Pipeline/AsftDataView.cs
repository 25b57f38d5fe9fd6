
namespace Microsoft.ML.Asft.Pipeline;

/// <summary>A data view with a completion for each row. Nothing is computed before a cursor asks for it.</summary>
internal sealed class AsftDataView(AsftRowMapper mapper, IDataView input) : IDataView
{
    // Two cursors read the input in parallel, so both must see the rows in the same order.
    public bool CanShuffle => false;

    public DataViewSchema Schema => mapper.OutputSchema;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new AsftCursor(mapper, input, [.. columnsNeeded]);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
