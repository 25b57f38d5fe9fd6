using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>A cursor that counts its own position, and ends by disposing itself.</summary>
internal abstract class RootCursor : DataViewRowCursor
{
    public const string FetchValueStateError = "Values cannot be fetched at this time. This method was called either before the " +
        "first call to MoveNext, or at any point after that method returned false.";

    protected readonly IChannel Ch;

    private long _position = -1;
    private bool _disposed;

    protected RootCursor(IChannelProvider provider) => Ch = provider.Start("Cursor");

    public sealed override long Position => _position;

    public override long Batch => 0;

    public sealed override bool MoveNext()
    {
        if (_disposed)
            return false;
        if (MoveNextCore())
        {
            _position++;
            return true;
        }
        Dispose();
        return false;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) =>
    {
        CheckOnRow();
        id = new DataViewRowId((ulong)Position, 0);
    };

    protected abstract bool MoveNextCore();

    protected void CheckOnRow() => Ch.Check(_position >= 0, FetchValueStateError);

    protected virtual void DisposeCore()
    {
    }

    protected sealed override void Dispose(bool disposing)
    {
        if (_disposed || !disposing)
            return;
        _disposed = true;
        _position = -1;
        DisposeCore();
        Ch.Dispose();
    }
}
