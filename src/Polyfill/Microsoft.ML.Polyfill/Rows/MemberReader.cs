using Microsoft.ML.Data;

namespace Microsoft.ML.Polyfill;

/// <summary>Makes a column's getter from a member of the current row object.</summary>
internal static class MemberReader
{
    /// <param name="column">The column.</param>
    /// <param name="current">Gives the current row object.</param>
    /// <returns>A <see cref="ValueGetter{TValue}"/> of the column's raw type.</returns>
    public static Delegate GetterOf<TRow>(RowColumn column, Func<TRow> current)
    {
        if (column.MemberType == typeof(string))
            return Text(MemberAccess.Getter<TRow, string>(column.Member), current);
        if (column.MemberType == typeof(string[]))
            return TextArray(MemberAccess.Getter<TRow, string[]>(column.Member), current);
        Func<RowColumn, Func<TRow>, Delegate> make = column switch
        {
            { MemberType.IsArray: true } => FromArray<TRow, int>,
            { Type: VectorDataViewType } => FromVector<TRow, int>,
            { Type: KeyDataViewType } => FromKey<TRow, int>,
            _ => Direct<TRow, int>,
        };
        return (Delegate)make.Method.GetGenericMethodDefinition()
            .MakeGenericMethod(typeof(TRow), column.Type.ItemOf().RawType).Invoke(null, [column, current]);
    }

    private static ValueGetter<ReadOnlyMemory<char>> Text<TRow>(Func<TRow, string> get, Func<TRow> current)
        => (ref ReadOnlyMemory<char> value) => value = get(current()).AsMemory();

    private static ValueGetter<VBuffer<ReadOnlyMemory<char>>> TextArray<TRow>(Func<TRow, string[]> get, Func<TRow> current)
        => (ref VBuffer<ReadOnlyMemory<char>> value) =>
        {
            var texts = get(current()) ?? [];
            var editor = VBufferEditor.Create(ref value, texts.Length);
            for (int i = 0; i < texts.Length; i++)
                editor.Values[i] = texts[i].AsMemory();
            value = editor.Commit();
        };

    private static Delegate Direct<TRow, T>(RowColumn column, Func<TRow> current)
    {
        var get = MemberAccess.Getter<TRow, T>(column.Member);
        return (ValueGetter<T>)((ref T value) => value = get(current()));
    }

    private static Delegate FromArray<TRow, T>(RowColumn column, Func<TRow> current)
    {
        var get = MemberAccess.Getter<TRow, T[]>(column.Member);
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            var items = get(current());
            var editor = VBufferEditor.Create(ref value, items?.Length ?? 0);
            items.AsSpan().CopyTo(editor.Values);
            value = editor.Commit();
        });
    }

    private static Delegate FromVector<TRow, T>(RowColumn column, Func<TRow> current)
    {
        var get = MemberAccess.Getter<TRow, VBuffer<T>>(column.Member);
        return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => get(current()).CopyTo(ref value));
    }

    // A member counts categories from 0, a column from 1; its 0 is for what is no category.
    private static Delegate FromKey<TRow, T>(RowColumn column, Func<TRow> current)
    {
        var get = MemberAccess.Getter<TRow, T>(column.Member);
        ulong count = ((KeyDataViewType)column.Type).Count;
        return (ValueGetter<T>)((ref T value) =>
        {
            ulong category = Convert.ToUInt64(get(current()));
            value = (T)Convert.ChangeType(category < count ? category + 1 : 0, typeof(T));
        });
    }
}
