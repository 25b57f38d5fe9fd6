using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>Writes and reads blocks of values.</summary>
internal abstract class ValueCodec<T>(string name, DataViewType type) : ValueCodec(name, type)
{
    public abstract void Write(BinaryWriter writer, ReadOnlySpan<T> values);

    public abstract T[] Read(BinaryReader reader, int count);

    public override byte[] Serialize(DataViewSchema.Annotations annotations, DataViewSchema.Column annotation)
    {
        T value = default;
        annotations.GetGetter<T>(annotation)(ref value);
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8);
        Write(writer, [value]);
        return stream.ToArray();
    }

    public override Delegate Deserialize(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        return MakeGetter(Read(reader, 1)[0]);
    }

    protected virtual ValueGetter<T> MakeGetter(T value) => (ref T destination) => destination = value;
}

/// <summary>Values as they lie in memory, little-endian.</summary>
internal sealed class PackedCodec<T>(DataViewType type) : ValueCodec<T>(typeof(T).Name, type)
    where T : struct
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<T> values) => writer.Write(MemoryMarshal.AsBytes(values));

    public override T[] Read(BinaryReader reader, int count)
    {
        byte[] bytes = reader.ReadBytes(checked(count * Unsafe.SizeOf<T>()));
        Contracts.CheckDecode(bytes.Length == count * Unsafe.SizeOf<T>());
        return MemoryMarshal.Cast<byte, T>(bytes).ToArray();
    }
}

/// <summary>The number of texts, where each ends, and all of them in one string.</summary>
internal sealed class TextCodec() : ValueCodec<ReadOnlyMemory<char>>("TextSpan", TextDataViewType.Instance)
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<ReadOnlyMemory<char>> values)
    {
        var text = new StringBuilder();
        writer.Write(values.Length);
        foreach (var value in values)
        {
            text.Append(value);
            writer.Write(text.Length);
        }
        writer.Write(text.ToString());
    }

    public override ReadOnlyMemory<char>[] Read(BinaryReader reader, int count)
    {
        Contracts.CheckDecode(reader.ReadInt32() == count);
        var ends = new int[count];
        for (int i = 0; i < count; i++)
            ends[i] = reader.ReadInt32() & int.MaxValue; // the sign bit marked missing texts long ago
        string text = reader.ReadString();
        var values = new ReadOnlyMemory<char>[count];
        int start = 0;
        for (int i = 0; i < count; i++)
        {
            Contracts.CheckDecode(start <= ends[i] && ends[i] <= text.Length);
            values[i] = text.AsMemory(start, ends[i] - start);
            start = ends[i];
        }
        return values;
    }
}

/// <summary>Eight values a byte, the first in the lowest bit.</summary>
internal sealed class BooleanCodec() : ValueCodec<bool>("Boolean", BooleanDataViewType.Instance)
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<bool> values)
    {
        var bits = new byte[(values.Length + 7) / 8];
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i])
                bits[i / 8] |= (byte)(1 << (i % 8));
        }
        writer.Write(bits);
    }

    public override bool[] Read(BinaryReader reader, int count)
    {
        byte[] bits = reader.ReadBytes((count + 7) / 8);
        Contracts.CheckDecode(bits.Length == (count + 7) / 8);
        return [.. Enumerable.Range(0, count).Select(i => (bits[i / 8] >> (i % 8) & 1) != 0)];
    }
}

/// <summary>Ticks.</summary>
internal sealed class DateTimeCodec() : ValueCodec<DateTime>("DateTime", DateTimeDataViewType.Instance)
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<DateTime> values)
    {
        foreach (var value in values)
            writer.Write(value.Ticks);
    }

    public override DateTime[] Read(BinaryReader reader, int count)
    {
        var values = new DateTime[count];
        for (int i = 0; i < count; i++)
            values[i] = new DateTime(reader.ReadInt64());
        return values;
    }
}

/// <summary>All offsets in minutes, then all ticks.</summary>
internal sealed class DateTimeOffsetCodec() : ValueCodec<DateTimeOffset>("DateTimeOffset", DateTimeOffsetDataViewType.Instance)
{
    public override void Write(BinaryWriter writer, ReadOnlySpan<DateTimeOffset> values)
    {
        foreach (var value in values)
            writer.Write((short)value.Offset.TotalMinutes);
        foreach (var value in values)
            writer.Write(value.DateTime.Ticks);
    }

    public override DateTimeOffset[] Read(BinaryReader reader, int count)
    {
        var offsets = new short[count];
        for (int i = 0; i < count; i++)
            offsets[i] = reader.ReadInt16();
        return [.. offsets.Select(minutes => new DateTimeOffset(new DateTime(reader.ReadInt64()), TimeSpan.FromMinutes(minutes)))];
    }
}

/// <summary>The raw numbers; the description says how many categories there are.</summary>
internal sealed class KeyCodec<T>(KeyDataViewType type, ValueCodec inner) : ValueCodec<T>("Key2", type)
{
    private readonly ValueCodec<T> _inner = (ValueCodec<T>)inner;

    public override void Write(BinaryWriter writer, ReadOnlySpan<T> values) => _inner.Write(writer, values);

    public override T[] Read(BinaryReader reader, int count) => _inner.Read(reader, count);

    protected override void WriteParameters(BinaryWriter writer)
    {
        _inner.WriteDescription(writer);
        writer.Write(type.Count);
    }
}

/// <summary>
/// The number of vectors; their length, or 0 and each one's length; each one's number of explicit values, -1 when dense;
/// the number of indices and the indices; all values.
/// </summary>
internal sealed class VectorCodec<T>(VectorDataViewType type, ValueCodec item) : ValueCodec<VBuffer<T>>("VBuffer", type)
{
    private readonly ValueCodec<T> _item = (ValueCodec<T>)item;

    public override void Write(BinaryWriter writer, ReadOnlySpan<VBuffer<T>> values)
    {
        var lengths = new List<int>();
        var counts = new List<int>();
        var indices = new List<int>();
        var items = new List<T>();
        foreach (var value in values)
        {
            if (type.IsKnownSize && value.Length != type.Size)
                throw Contracts.Except("Length mismatch: expected {0} slots but got {1}", type.Size, value.Length);
            lengths.Add(value.Length);
            counts.Add(value.IsDense ? -1 : value.GetValues().Length);
            indices.AddRange(value.GetIndices());
            items.AddRange(value.GetValues());
        }
        int length = lengths.Distinct().Count() == 1 ? lengths[0] : 0;
        writer.Write(values.Length);
        writer.Write(length);
        if (length == 0)
            lengths.ForEach(writer.Write);
        counts.ForEach(writer.Write);
        writer.Write(indices.Count);
        indices.ForEach(writer.Write);
        _item.Write(writer, CollectionsMarshal.AsSpan(items));
    }

    public override VBuffer<T>[] Read(BinaryReader reader, int count)
    {
        Contracts.CheckDecode(reader.ReadInt32() == count);
        int length = reader.ReadInt32();
        Contracts.CheckDecode(type.IsKnownSize ? length == type.Size : length >= 0);
        var lengths = length == 0 ? ReadInts(reader, count) : [.. Enumerable.Repeat(length, count)];
        var counts = ReadInts(reader, count);
        var indices = ReadInts(reader, reader.ReadInt32());
        for (int i = 0; i < count; i++)
            Contracts.CheckDecode(lengths[i] >= 0 && -1 <= counts[i] && counts[i] <= lengths[i]);
        var items = _item.Read(reader, checked(counts.Zip(lengths, (explicitCount, all) => explicitCount < 0 ? all : explicitCount).Sum()));

        var vectors = new VBuffer<T>[count];
        int firstItem = 0;
        int firstIndex = 0;
        for (int i = 0; i < count; i++)
        {
            bool isDense = counts[i] < 0;
            int itemCount = isDense ? lengths[i] : counts[i];
            var at = isDense ? null : indices[firstIndex..(firstIndex + itemCount)];
            vectors[i] = new VBuffer<T>(lengths[i], itemCount, items[firstItem..(firstItem + itemCount)], at);
            firstItem += itemCount;
            firstIndex += isDense ? 0 : itemCount;
        }
        return vectors;
    }

    protected override ValueGetter<VBuffer<T>> MakeGetter(VBuffer<T> value)
        => (ref VBuffer<T> destination) => value.CopyTo(ref destination);

    protected override void WriteParameters(BinaryWriter writer)
    {
        _item.WriteDescription(writer);
        writer.Write(type.Dimensions.Length);
        foreach (int dimension in type.Dimensions)
            writer.Write(dimension);
    }

    private static int[] ReadInts(BinaryReader reader, int count)
    {
        Contracts.CheckDecode(0 <= count && count <= (reader.BaseStream.Length - reader.BaseStream.Position) / sizeof(int));
        var values = new int[count];
        for (int i = 0; i < count; i++)
            values[i] = reader.ReadInt32();
        return values;
    }
}
