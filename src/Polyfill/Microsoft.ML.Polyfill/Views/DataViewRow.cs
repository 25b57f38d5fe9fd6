using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>A row of values, of an <see cref="IDataView"/> or on its own.</summary>
public abstract class DataViewRow : IDisposable
{
    /// <summary>Counts the rows this object has stood on; -1 when it stands on none.</summary>
    public abstract long Position { get; }

    /// <summary>Orders the rows of a set of cursors.</summary>
    public abstract long Batch { get; }

    public abstract ValueGetter<DataViewRowId> GetIdGetter();

    public abstract bool IsColumnActive(DataViewSchema.Column column);

    /// <summary>Throws when the column is not active or <typeparamref name="TValue"/> is not its raw type.</summary>
    public abstract ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column);

    public abstract DataViewSchema Schema { get; }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
