using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>Writes values of one type in ML.NET's binary data view format, and says by which type they are.</summary>
internal abstract class ValueCodec(string name, DataViewType type)
{
    private static readonly ValueCodec[] SimpleCodecs =
    [
        new PackedCodec<sbyte>(NumberDataViewType.SByte),
        new PackedCodec<byte>(NumberDataViewType.Byte),
        new PackedCodec<short>(NumberDataViewType.Int16),
        new PackedCodec<ushort>(NumberDataViewType.UInt16),
        new PackedCodec<int>(NumberDataViewType.Int32),
        new PackedCodec<uint>(NumberDataViewType.UInt32),
        new PackedCodec<long>(NumberDataViewType.Int64),
        new PackedCodec<ulong>(NumberDataViewType.UInt64),
        new PackedCodec<float>(NumberDataViewType.Single),
        new PackedCodec<double>(NumberDataViewType.Double),
        new PackedCodec<TimeSpan>(TimeSpanDataViewType.Instance),
        new PackedCodec<DataViewRowId>(RowIdDataViewType.Instance),
        new TextCodec(),
        new BooleanCodec(),
        new DateTimeCodec(),
        new DateTimeOffsetCodec(),
    ];

    public DataViewType Type => type;

    /// <summary>Null when values of this type cannot be written.</summary>
    public static ValueCodec TryCreate(DataViewType type) => type switch
    {
        KeyDataViewType key => Make(typeof(KeyCodec<>), key.RawType, key, Simple(ColumnTypes.PrimitiveOf(key.RawType))),
        VectorDataViewType vector => TryCreate(vector.ItemType) is { } item
            ? Make(typeof(VectorCodec<>), vector.ItemType.RawType, vector, item)
            : null,
        _ => Simple(type),
    };

    /// <summary>Reads a description, and skips it and returns null when it is of an unknown kind.</summary>
    public static ValueCodec TryRead(BinaryReader reader)
    {
        string name = reader.ReadString();
        long length = reader.Read7BitEncodedInt64();
        long end = reader.BaseStream.Position + length;
        Contracts.CheckDecode(0 <= length && end <= reader.BaseStream.Length, "Codec type definition reaches past the end");
        DataViewType type = name switch
        {
            "VBuffer" => ReadVectorType(reader),
            "Key2" => ReadKeyType(reader),
            _ => SimpleCodecs.FirstOrDefault(codec => codec.Name == name)?.Type,
        };
        reader.BaseStream.Position = end;
        return type == null ? null : TryCreate(type);
    }

    public void WriteDescription(BinaryWriter writer)
    {
        using var parameters = new MemoryStream();
        using (var inner = new BinaryWriter(parameters, Encoding.UTF8, leaveOpen: true))
            WriteParameters(inner);
        writer.Write(Name);
        writer.Write7BitEncodedInt64(parameters.Length);
        writer.Write(parameters.ToArray());
    }

    /// <summary>The bytes of one annotation's value.</summary>
    public abstract byte[] Serialize(DataViewSchema.Annotations annotations, DataViewSchema.Column annotation);

    /// <summary>A getter for the one value in <paramref name="bytes"/>.</summary>
    public abstract Delegate Deserialize(byte[] bytes);

    protected string Name => name;

    protected virtual void WriteParameters(BinaryWriter writer)
    {
    }

    private static ValueCodec Simple(DataViewType type) => Array.Find(SimpleCodecs, codec => codec.Type == type);

    private static ValueCodec Make(Type codec, Type itemType, DataViewType type, ValueCodec inner)
        => (ValueCodec)Activator.CreateInstance(codec.MakeGenericType(itemType), type, inner);

    private static VectorDataViewType ReadVectorType(BinaryReader reader)
    {
        var item = TryRead(reader);
        int rank = reader.ReadInt32();
        Contracts.CheckDecode(0 <= rank && rank <= (reader.BaseStream.Length - reader.BaseStream.Position) / sizeof(int));
        var dimensions = new int[rank];
        for (int i = 0; i < rank; i++)
        {
            dimensions[i] = reader.ReadInt32();
            Contracts.CheckDecode(dimensions[i] >= 0);
        }
        if (item == null)
            return null;
        var itemType = item.Type as PrimitiveDataViewType ?? throw Contracts.ExceptDecode();
        return rank == 0 ? new VectorDataViewType(itemType) : new VectorDataViewType(itemType, dimensions);
    }

    private static KeyDataViewType ReadKeyType(BinaryReader reader)
    {
        var raw = TryRead(reader)?.Type.RawType;
        ulong count = reader.ReadUInt64();
        Contracts.CheckDecode(raw != null && KeyDataViewType.IsValidDataType(raw) && count > 0);
        return new KeyDataViewType(raw, count);
    }
}
