using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill;

/// <summary>Keeps values of one column outside their rows.</summary>
internal abstract class ColumnBuffer
{
    public static ColumnBuffer Create(DataViewRow source, DataViewSchema.Column column)
    {
        Func<DataViewRow, DataViewSchema.Column, ColumnBuffer> create = column.Type is VectorDataViewType
            ? CreateVector<int>
            : Create<int>;
        return (ColumnBuffer)create.Method.GetGenericMethodDefinition()
            .MakeGenericMethod(column.Type.ItemOf().RawType).Invoke(null, [source, column]);
    }

    /// <summary>Keeps the source's current value at <paramref name="index"/>, which is in use already or the next one.</summary>
    public abstract void Store(int index);

    /// <summary>A getter for the value at an index that is asked for at each call.</summary>
    public abstract Delegate MakeGetter(Func<int> index);

    private static ColumnBuffer Create<T>(DataViewRow source, DataViewSchema.Column column)
        => new Buffer<T>(source.GetGetter<T>(column), (ref T from, ref T to) => to = from);

    private static ColumnBuffer CreateVector<T>(DataViewRow source, DataViewSchema.Column column)
        => new Buffer<VBuffer<T>>(source.GetGetter<VBuffer<T>>(column), (ref VBuffer<T> from, ref VBuffer<T> to) => from.CopyTo(ref to));

    private delegate void Copy<T>(ref T from, ref T to);

    private sealed class Buffer<T>(ValueGetter<T> source, Copy<T> copy) : ColumnBuffer
    {
        // Replaced as a whole when it grows, so that a reader on another thread never sees half of it.
        private volatile T[] _values = [];

        public override void Store(int index)
        {
            var values = _values;
            if (index == values.Length)
                Array.Resize(ref values, Math.Max(16, 2 * index));
            source(ref values[index]);
            _values = values;
        }

        public override Delegate MakeGetter(Func<int> index)
            => (ValueGetter<T>)((ref T value) => copy(ref _values[index()], ref value));
    }
}
