using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>Binds the columns of a schema to the members of a row class.</summary>
internal sealed class OutputRow<TRow>
    where TRow : class
{
    private readonly List<(RowColumn Target, DataViewSchema.Column Source)> _columns = [];

    public OutputRow(IHostEnvironment env, DataViewSchema schema, bool ignoreMissingColumns, SchemaDefinition definition)
    {
        Host = env.Register("TypedCursorable");
        if (definition == null)
        {
            CheckMembers(schema);
            definition = SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Write);
        }
        foreach (var target in RowColumn.Of(typeof(TRow), definition))
        {
            if (schema.GetColumnOrNull(target.Name) is { } source)
                _columns.Add((target, CheckType(target, source)));
            else if (!ignoreMissingColumns)
                throw Host.ExceptSchemaMismatch("Schema", "", target.Name);
        }
    }

    public IHost Host { get; }

    public IEnumerable<DataViewSchema.Column> Columns => _columns.Select(column => column.Source);

    /// <summary>What fills a row object with the current values of <paramref name="row"/>.</summary>
    public Action<TRow> Bind(DataViewRow row)
    {
        var setters = _columns.ConvertAll(column => MemberWriter.SetterOf<TRow>(column.Target, row, column.Source));
        return target => setters.ForEach(set => set(target));
    }

    // A member of a type that no column has is told which type its column would need.
    private static void CheckMembers(DataViewSchema schema)
    {
        foreach (var member in RowMembers.Of(typeof(TRow), SchemaDefinition.Direction.Write))
        {
            var type = RowMembers.ItemOf(RowMembers.TypeOf(member)).ItemType;
            string name = RowMembers.ColumnNameOf(member);
            if (ColumnTypes.TryPrimitiveOf(type) == null && schema.GetColumnOrNull(name) is { } column)
            {
                throw Contracts.ExceptParam("actualType", $"The expected type '{column.Type.RawType}' does not match the type of " +
                    $"the '{name}' member: '{type}'. Please change the {name} member to '{column.Type.RawType}'");
            }
        }
    }

    private DataViewSchema.Column CheckType(RowColumn target, DataViewSchema.Column source)
    {
        var (itemType, isVector) = RowMembers.ItemOf(target.MemberType);
        if (isVector != source.Type is VectorDataViewType || source.Type.ItemOf().RawType != itemType)
        {
            throw Host.Except("Can't bind the IDataView column '{0}' of type '{1}' to field or property '{2}' of type '{3}'.",
                target.Name, source.Type, target.Member.Name, target.MemberType.FullName);
        }
        return source;
    }
}
