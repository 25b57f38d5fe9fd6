namespace Microsoft.ML;

/// <summary>Rows with a schema, read lazily through cursors: what every step of a pipeline takes and gives.</summary>
public interface IDataView
{
    bool CanShuffle { get; }

    /// <summary>The number of rows, or null when it is not known without reading them.</summary>
    long? GetRowCount();

    /// <summary>A cursor over all rows in which only <paramref name="columnsNeeded"/> are active.</summary>
    DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null);

    /// <summary>About <paramref name="n"/> cursors which share the rows among them.</summary>
    DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null);

    DataViewSchema Schema { get; }
}
