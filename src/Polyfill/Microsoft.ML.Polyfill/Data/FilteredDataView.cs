using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>The rows of a data view that a filter keeps.</summary>
internal sealed class FilteredDataView(IHostEnvironment env, IDataView source, RowFilter filter) : IDataView
{
    private readonly IHost _host = env.Register("RangeFilter");

    public bool CanShuffle => filter.Column != null && source.CanShuffle;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = ActiveColumns.Of(Schema, columnsNeeded);
        var needed = Schema.Where(column => active[column.Index] || column.Index == filter.Column?.Index);
        return new Cursor(_host, source.GetRowCursor(needed, CanShuffle ? rand : null), active, filter);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded, rand)];

    private sealed class Cursor(IHost host, DataViewRowCursor input, bool[] active, RowFilter filter)
        : DerivedCursor(host, input, active)
    {
        private readonly Func<bool> _keeps = filter.Bind(input);

        protected override bool MoveNextCore()
        {
            while (Input.MoveNext())
            {
                if (_keeps())
                    return true;
            }
            return false;
        }
    }
}
