using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>A data view seen through a <see cref="ColumnRemapping"/>.</summary>
internal sealed class RemappedDataView(IHost host, IDataView source, ColumnRemapping mapping) : IDataView
{
    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => mapping.OutputSchema;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var active = ActiveColumns.Of(Schema, columnsNeeded);
        return new Cursor(host, mapping, source.GetRowCursor(mapping.GetDependencies(columnsNeeded), rand), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var active = ActiveColumns.Of(Schema, columnsNeeded);
        var inputs = source.GetRowCursorSet(mapping.GetDependencies(columnsNeeded), n, rand);
        return Array.ConvertAll(inputs, DataViewRowCursor (input) => new Cursor(host, mapping, input, active));
    }

    private sealed class Cursor(IHost host, ColumnRemapping mapping, DataViewRowCursor input, bool[] active) : DataViewRowCursor
    {
        private readonly IChannel _ch = host.Start("Cursor");

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => mapping.OutputSchema;

        public override bool MoveNext() => input.MoveNext();

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            _ch.CheckParam(IsColumnActive(column), nameof(column), "requested column not active");
            return input.GetGetter<TValue>(mapping.SourceOf(column));
        }

        protected override void Dispose(bool disposing)
        {
            if (!disposing)
                return;
            input.Dispose();
            _ch.Dispose();
        }
    }
}
