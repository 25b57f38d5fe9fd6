using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>A column and the member of a row class that holds its values.</summary>
internal sealed record RowColumn(string Name, DataViewType Type, MemberInfo Member, DataViewSchema.Annotations Annotations)
{
    public Type MemberType => RowMembers.TypeOf(Member);

    public static RowColumn[] Of(Type rowType, SchemaDefinition definition)
        => [.. definition.Select(column => Of(rowType, column))];

    public static DataViewSchema SchemaOf(IEnumerable<RowColumn> columns)
    {
        var builder = new DataViewSchema.Builder();
        foreach (var column in columns)
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        return builder.ToSchema();
    }

    /// <summary>The definition of a row class whose columns have the types and annotations of a schema.</summary>
    public static SchemaDefinition DefinitionOf<TRow>(IHostEnvironment env, DataViewSchema schema)
    {
        var definition = SchemaDefinition.Create(typeof(TRow), SchemaDefinition.Direction.Read);
        foreach (var column in schema)
        {
            var defined = definition[column.Name] ?? throw env.Except($"Type should contain a member named {column.Name}");
            defined.ColumnType = column.Type;
            defined.CopyAnnotations(column.Annotations);
        }
        return definition;
    }

    private static RowColumn Of(Type rowType, SchemaDefinition.Column column)
    {
        MemberInfo member = rowType.GetField(column.MemberName);
        member ??= rowType.GetProperty(column.MemberName) ?? throw Contracts.ExceptParam("userSchemaDefinition",
            "No field or property with name '{0}' found in type '{1}'", column.MemberName, rowType.FullName);
        string name = string.IsNullOrEmpty(column.ColumnName) ? column.MemberName : column.ColumnName;
        var (itemType, isVector) = RowMembers.CheckedItemOf(member);
        if (column.ColumnType == null)
        {
            PrimitiveDataViewType item = ColumnTypes.PrimitiveOf(itemType);
            return new RowColumn(name, isVector ? new VectorDataViewType(item, 0) : item, member, column.Annotations);
        }
        bool wantsVector = column.ColumnType is VectorDataViewType;
        if (isVector != wantsVector)
        {
            throw Contracts.ExceptParam("userSchemaDefinition",
                "Column '{0}' is supposed to be {1}, but type of associated field '{2}' is {3}",
                name, wantsVector ? "vector" : "scalar", column.MemberName, isVector ? "vector" : "scalar");
        }
        var wantedItem = column.ColumnType.ItemOf().RawType;
        if (wantedItem != itemType)
        {
            throw Contracts.ExceptParam("userSchemaDefinition",
                "Column '{0}' is supposed to have item type {1}, but associated field has type {2}", name, wantedItem, itemType);
        }
        return new RowColumn(name, column.ColumnType, member, column.Annotations);
    }
}
