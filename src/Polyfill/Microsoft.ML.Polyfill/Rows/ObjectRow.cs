using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>The getters of a row object's columns, of those that are active.</summary>
internal sealed class ObjectRow
{
    private readonly IExceptionContext _ectx;
    private readonly Delegate[] _getters;

    private ObjectRow(IExceptionContext ectx, Delegate[] getters)
    {
        _ectx = ectx;
        _getters = getters;
    }

    public static ObjectRow Create<TRow>(IExceptionContext ectx, RowColumn[] columns, bool[] active, Func<TRow> current)
        => new(ectx, [.. columns.Select((column, i) => active[i] ? MemberReader.GetterOf(column, current) : null)]);

    public bool IsColumnActive(DataViewSchema.Column column)
    {
        if (column.Index >= _getters.Length)
            throw _ectx.Except("Column index must be between 0 and {0}", _getters.Length);
        return _getters[column.Index] != null;
    }

    public ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        _ectx.CheckParam(IsColumnActive(column), nameof(column), "requested column not active");
        var getter = _getters[column.Index];
        return getter as ValueGetter<TValue> ?? throw _ectx.Except(
            $"Invalid TValue in GetGetter for column #{column}: '{typeof(TValue)}', " +
            $"expected type: '{getter.GetType().GetGenericArguments()[0]}'.");
    }
}
