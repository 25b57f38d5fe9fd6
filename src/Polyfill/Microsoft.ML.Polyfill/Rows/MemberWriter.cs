using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill;

/// <summary>Makes what sets a member of a row object to the current value of a column.</summary>
internal static class MemberWriter
{
    public static Action<TRow> SetterOf<TRow>(RowColumn target, DataViewRow source, DataViewSchema.Column column)
    {
        if (target.MemberType == typeof(string))
            return Text<TRow>(target, source, column);
        if (target.MemberType == typeof(string[]))
            return TextArray<TRow>(target, source, column);
        Func<RowColumn, DataViewRow, DataViewSchema.Column, Action<TRow>> make = target switch
        {
            { MemberType.IsArray: true } => ToArray<TRow, int>,
            { Type: VectorDataViewType } => ToVector<TRow, int>,
            _ => Direct<TRow, int>,
        };
        return (Action<TRow>)make.Method.GetGenericMethodDefinition()
            .MakeGenericMethod(typeof(TRow), target.Type.ItemOf().RawType).Invoke(null, [target, source, column]);
    }

    private static Action<TRow> Text<TRow>(RowColumn target, DataViewRow source, DataViewSchema.Column column)
    {
        var set = MemberAccess.Setter<TRow, string>(target.Member);
        var get = source.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> value = default;
        return row =>
        {
            get(ref value);
            set(row, value.ToString());
        };
    }

    private static Action<TRow> TextArray<TRow>(RowColumn target, DataViewRow source, DataViewSchema.Column column)
    {
        var set = MemberAccess.Setter<TRow, string[]>(target.Member);
        var get = source.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        VBuffer<ReadOnlyMemory<char>> value = default;
        return row =>
        {
            get(ref value);
            set(row, [.. value.DenseValues().Select(text => text.ToString())]);
        };
    }

    private static Action<TRow> Direct<TRow, T>(RowColumn target, DataViewRow source, DataViewSchema.Column column)
    {
        var set = MemberAccess.Setter<TRow, T>(target.Member);
        var get = source.GetGetter<T>(column);
        T value = default;
        return row =>
        {
            get(ref value);
            set(row, value);
        };
    }

    // Writes into the array that the row object already has when it is of the right length.
    private static Action<TRow> ToArray<TRow, T>(RowColumn target, DataViewRow source, DataViewSchema.Column column)
    {
        var existing = MemberAccess.Getter<TRow, T[]>(target.Member);
        var set = MemberAccess.Setter<TRow, T[]>(target.Member);
        var get = source.GetGetter<VBuffer<T>>(column);
        VBuffer<T> value = default;
        return row =>
        {
            get(ref value);
            var array = existing(row);
            if (array?.Length != value.Length)
                array = new T[value.Length];
            value.CopyTo(array);
            set(row, array);
        };
    }

    private static Action<TRow> ToVector<TRow, T>(RowColumn target, DataViewRow source, DataViewSchema.Column column)
    {
        var existing = MemberAccess.Getter<TRow, VBuffer<T>>(target.Member);
        var set = MemberAccess.Setter<TRow, VBuffer<T>>(target.Member);
        var get = source.GetGetter<VBuffer<T>>(column);
        return row =>
        {
            var value = existing(row);
            get(ref value);
            set(row, value);
        };
    }
}
