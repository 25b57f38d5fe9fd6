using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>Turns a key into a number in [0, 1): a category by its place, anything else by its hash.</summary>
internal static class SamplingKey
{
    private const int HashBits = 30;

    public static DataViewSchema.Column Find(IExceptionContext ectx, DataViewSchema schema, string name)
    {
        var column = schema.GetColumnOrNull(name)
            ?? throw ectx.ExceptSchemaMismatch("samplingKeyColumn", "SamplingKeyColumn", name);
        if (column.Type is not (KeyDataViewType or TextDataViewType or BooleanDataViewType or NumberDataViewType)
            || column.Type == NumberDataViewType.Single || column.Type == NumberDataViewType.Double)
        {
            throw ectx.ExceptNotSupp(
                "Column '{0}' of type {1} cannot be a sampling key here; copy it into a text or whole number column.",
                name, column.Type);
        }
        return column;
    }

    /// <summary>NaN stands for a row without a key, which belongs to no part.</summary>
    public static Func<double> Bind(DataViewRow row, DataViewSchema.Column column, uint seed)
    {
        if (column.Type is TextDataViewType)
        {
            return Map<ReadOnlyMemory<char>>(row, column,
                text => text.IsEmpty ? double.NaN : Place(MurmurHash3.Hash(seed, text.Span.Trim(' '))));
        }
        if (column.Type is BooleanDataViewType)
            return Map<bool>(row, column, value => Place(MurmurHash3.Hash(seed, value ? 1u : 0u)));
        if (column.Type is KeyDataViewType key)
            return BindInteger(row, column, value => value == 0 || value > key.Count ? double.NaN : (value - 0.5) / key.Count);
        bool isLong = column.Type == NumberDataViewType.Int64 || column.Type == NumberDataViewType.UInt64;
        return isLong
            ? BindInteger(row, column, value => Place(MurmurHash3.Hash(seed, (uint)value, (uint)(value >> 32))))
            : BindInteger(row, column, value => Place(MurmurHash3.Hash(seed, (uint)value)));
    }

    private static double Place(uint hash) => ((hash & ((1u << HashBits) - 1)) + 0.5) / (1u << HashBits);

    private static Func<double> BindInteger(DataViewRow row, DataViewSchema.Column column, Func<ulong, double> place)
        => Type.GetTypeCode(column.Type.RawType) switch
        {
            TypeCode.SByte => Map<sbyte>(row, column, value => place((ulong)value)),
            TypeCode.Byte => Map<byte>(row, column, value => place(value)),
            TypeCode.Int16 => Map<short>(row, column, value => place((ulong)value)),
            TypeCode.UInt16 => Map<ushort>(row, column, value => place(value)),
            TypeCode.Int32 => Map<int>(row, column, value => place((ulong)value)),
            TypeCode.UInt32 => Map<uint>(row, column, value => place(value)),
            TypeCode.Int64 => Map<long>(row, column, value => place((ulong)value)),
            _ => Map<ulong>(row, column, place),
        };

    private static Func<double> Map<T>(DataViewRow row, DataViewSchema.Column column, Func<T, double> place)
    {
        var getter = row.GetGetter<T>(column);
        T value = default;
        return () =>
        {
            getter(ref value);
            return place(value);
        };
    }
}
