using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>A cursor over some of the rows of another, with the same columns.</summary>
internal abstract class DerivedCursor(IChannelProvider provider, DataViewRowCursor input, bool[] active) : RootCursor(provider)
{
    public override long Batch => Input.Batch;

    public override DataViewSchema Schema => Input.Schema;

    protected DataViewRowCursor Input => input;

    public override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        Ch.Check(column.Index < active.Length);
        return active[column.Index];
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Ch.CheckParam(IsColumnActive(column), nameof(column), "requested column not active");
        return Input.GetGetter<TValue>(column);
    }

    protected override void DisposeCore() => Input.Dispose();
}
