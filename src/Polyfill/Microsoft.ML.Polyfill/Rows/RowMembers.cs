using System.Reflection;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>The public fields and properties of a class as columns.</summary>
internal static class RowMembers
{
    public static IEnumerable<MemberInfo> Of(Type rowType, SchemaDefinition.Direction direction)
    {
        var fields = rowType.GetFields(BindingFlags.Public | BindingFlags.Instance);
        var properties = rowType.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property =>
            property.GetIndexParameters().Length == 0
            && (direction.HasFlag(SchemaDefinition.Direction.Read) && property.GetGetMethod() != null
                || direction.HasFlag(SchemaDefinition.Direction.Write) && property.GetSetMethod() != null));
        return fields.Concat<MemberInfo>(properties)
            .Where(member => TypeOf(member) != typeof(IChannel) && member.GetCustomAttribute<NoColumnAttribute>() == null);
    }

    public static Type TypeOf(MemberInfo member) => (member as FieldInfo)?.FieldType ?? ((PropertyInfo)member).PropertyType;

    public static string ColumnNameOf(MemberInfo member) => member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name;

    /// <summary>What the column's items are, and whether it is a vector of them.</summary>
    public static (Type ItemType, bool IsVector) ItemOf(Type type)
    {
        bool isVector = type.IsArray || type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>);
        var item = !isVector ? type : type.IsArray ? type.GetElementType() : type.GetGenericArguments()[0];
        return (item == typeof(string) ? typeof(ReadOnlyMemory<char>) : item, isVector);
    }

    /// <summary>As <see cref="ItemOf"/>, and throws when no column can hold such items.</summary>
    public static (Type ItemType, bool IsVector) CheckedItemOf(MemberInfo member)
    {
        var item = ItemOf(TypeOf(member));
        if (ColumnTypes.TryPrimitiveOf(item.ItemType) == null)
        {
            throw Contracts.ExceptParam("rawType",
                "Could not determine an IDataView type and registered custom types for member {0}", member.Name);
        }
        return item;
    }

    /// <summary>The column type by the member's type and attributes.</summary>
    public static DataViewType ColumnTypeOf(MemberInfo member, string paramName)
    {
        var (type, isVector) = CheckedItemOf(member);
        var item = ColumnTypes.PrimitiveOf(type);
        if (member.GetCustomAttribute<KeyTypeAttribute>() is { } key)
        {
            if (!KeyDataViewType.IsValidDataType(type))
            {
                throw Contracts.ExceptParam(paramName, "Member {0} marked with KeyType attribute, but does not appear to be a " +
                    "valid kind of data for a key type", member.Name);
            }
            item = new KeyDataViewType(type, key.Count);
        }
        var vector = member.GetCustomAttribute<VectorTypeAttribute>();
        if (vector != null && !isVector)
        {
            throw Contracts.ExceptParam(paramName,
                $"Member {member.Name} marked with {nameof(VectorTypeAttribute)}, but does not appear to be a vector type");
        }
        if (!isVector)
            return item;
        return vector?.Dimensions is { Length: > 0 } dimensions
            ? new VectorDataViewType(item, dimensions)
            : new VectorDataViewType(item, 0);
    }
}
