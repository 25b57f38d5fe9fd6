namespace Microsoft.ML;

/// <summary>A row that moves over an <see cref="IDataView"/>; it starts before the first row.</summary>
public abstract class DataViewRowCursor : DataViewRow
{
    public abstract bool MoveNext();
}
