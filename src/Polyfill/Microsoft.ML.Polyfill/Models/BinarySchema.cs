using System.IO.Compression;
using System.Text;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Polyfill;

/// <summary>
/// The schema in a model file: ML.NET's binary data view format with columns and no rows. It has a header of 256 bytes,
/// then per column the annotations' values and their table, then the table of columns, then a closing signature.
/// </summary>
internal static class BinarySchema
{
    private const int HeaderSize = 256;
    private const ulong SignatureValue = 0x00425644004C4D43;     // "CML\0DVB\0"
    private const ulong TailSignatureValue = 0x434D4C0044564200; // "\0BVD\0LMC"
    private const ulong Version = 0x0001000100010006;
    private const ulong OldestReadableVersion = 0x0001000100010004;
    private const byte Uncompressed = 0;
    private const byte Deflated = 1;

    public static void Write(Stream stream, DataViewSchema schema, IChannel ch)
    {
        var columns = new List<(DataViewSchema.Column Column, ValueCodec Codec)>();
        foreach (var column in schema)
        {
            if (ValueCodec.TryCreate(column.Type) is { } codec)
                columns.Add((column, codec));
            else
                ch.Info(MessageSensitivity.Schema, "The column '{0}' will not be written as it has unsavable column type.", column.Name);
        }
        ch.Check(columns.Count > 0, "No valid columns to save");

        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(new byte[HeaderSize]);
        long lookupTable = stream.Position;
        var annotationTables = columns.Select(column => WriteAnnotations(writer, column.Column, ch)).ToArray();
        long table = stream.Position;
        for (int i = 0; i < columns.Count; i++)
        {
            writer.Write(columns[i].Column.Name);
            columns[i].Codec.WriteDescription(writer);
            writer.Write(Deflated);
            writer.Write7BitEncodedInt64(1); // rows per block
            writer.Write(lookupTable);
            writer.Write(annotationTables[i]);
        }
        long tail = stream.Position;
        writer.Write(TailSignatureValue);

        writer.Seek(0, SeekOrigin.Begin);
        writer.Write(SignatureValue);
        writer.Write(Version);
        writer.Write(Version);
        writer.Write(table);
        writer.Write(tail);
        writer.Write(0L); // rows
        writer.Write(columns.Count);
    }

    public static DataViewSchema Read(Stream stream, IChannel ch)
    {
        using var reader = new BinaryReader(stream, Encoding.UTF8, leaveOpen: true);
        ch.CheckDecode(stream.Length >= HeaderSize);
        ch.CheckDecode(reader.ReadUInt64() == SignatureValue, "This does not appear to be a binary dataview file");
        ulong version = reader.ReadUInt64();
        ulong compatibleVersion = reader.ReadUInt64();
        ch.CheckDecode(compatibleVersion <= version);
        if (compatibleVersion is < OldestReadableVersion or > Version)
            throw ch.Except("Cannot read version {0:x} data", compatibleVersion);
        long table = reader.ReadInt64();
        long tail = reader.ReadInt64();
        ch.CheckDecode(reader.ReadInt64() >= 0, "Row count cannot be negative");
        int columnCount = reader.ReadInt32();
        ch.CheckDecode(columnCount >= 0, "Column count cannot be negative");
        ch.CheckDecode(HeaderSize <= table && table <= tail && tail <= stream.Length - sizeof(ulong));
        stream.Position = tail;
        ch.CheckDecode(reader.ReadUInt64() == TailSignatureValue, "Incorrect tail signature");

        stream.Position = table;
        var builder = new DataViewSchema.Builder();
        for (int i = 0; i < columnCount; i++)
        {
            string name = reader.ReadString();
            var codec = ValueCodec.TryRead(reader);
            byte compression = reader.ReadByte();
            reader.Read7BitEncodedInt64(); // rows per block
            reader.ReadInt64();            // where the blocks are
            long annotationTable = reader.ReadInt64();
            if (codec == null || compression > Deflated)
            {
                ch.Warning("Cannot interpret column '{0}' at index {1}", name, i);
                continue;
            }
            long next = stream.Position;
            builder.AddColumn(name, codec.Type, annotationTable == 0 ? null : ReadAnnotations(reader, annotationTable, ch));
            stream.Position = next;
        }
        return builder.ToSchema();
    }

    /// <summary>Returns where the table of annotations is, or 0 when there are none.</summary>
    private static long WriteAnnotations(BinaryWriter writer, DataViewSchema.Column column, IChannel ch)
    {
        var written = new List<(string Kind, ValueCodec Codec, byte Compression, long Offset, long Length)>();
        foreach (var annotation in column.Annotations.Schema)
        {
            var codec = ValueCodec.TryCreate(annotation.Type);
            if (codec == null)
            {
                ch.Warning("Could not get codec for type {0}, dropping column '{1}' index {2} metadata kind '{3}'",
                    annotation.Type, column.Name, column.Index, annotation.Name);
                continue;
            }
            var (bytes, compression) = Compress(codec.Serialize(column.Annotations, annotation));
            written.Add((annotation.Name, codec, compression, writer.BaseStream.Position, bytes.Length));
            writer.Write(bytes);
        }
        if (written.Count == 0)
            return 0;

        long table = writer.BaseStream.Position;
        writer.Write7BitEncodedInt64(written.Count);
        foreach (var (kind, codec, compression, offset, length) in written)
        {
            writer.Write(kind);
            codec.WriteDescription(writer);
            writer.Write(compression);
            writer.Write(offset);
            writer.Write7BitEncodedInt64(length);
        }
        return table;
    }

    private static DataViewSchema.Annotations ReadAnnotations(BinaryReader reader, long table, IChannel ch)
    {
        var stream = reader.BaseStream;
        ch.CheckDecode(HeaderSize <= table && table < stream.Length, "Metadata TOC offset out of range");
        stream.Position = table;
        var builder = new DataViewSchema.Annotations.Builder();
        long count = reader.Read7BitEncodedInt64();
        for (long i = 0; i < count; i++)
        {
            string kind = reader.ReadString();
            var codec = ValueCodec.TryRead(reader);
            byte compression = reader.ReadByte();
            long offset = reader.ReadInt64();
            long length = reader.Read7BitEncodedInt64();
            ch.CheckDecode(HeaderSize <= offset && 0 < length && length <= stream.Length - offset, "Metadata block out of range");
            if (codec == null || compression > Deflated)
            {
                ch.Warning("Cannot interpret metadata of kind '{0}'", kind);
                continue;
            }
            long next = stream.Position;
            stream.Position = offset;
            builder.Add(kind, codec.Type, codec.Deserialize(Decompress(reader.ReadBytes(checked((int)length)), compression)));
            stream.Position = next;
        }
        return builder.ToAnnotations();
    }

    private static (byte[] Bytes, byte Compression) Compress(byte[] bytes)
    {
        using var compressed = new MemoryStream();
        using (var deflate = new DeflateStream(compressed, CompressionMode.Compress, leaveOpen: true))
            deflate.Write(bytes);
        return compressed.Length < bytes.Length ? (compressed.ToArray(), Deflated) : (bytes, Uncompressed);
    }

    private static byte[] Decompress(byte[] bytes, byte compression)
    {
        if (compression == Uncompressed)
            return bytes;
        using var deflate = new DeflateStream(new MemoryStream(bytes), CompressionMode.Decompress);
        using var decompressed = new MemoryStream();
        deflate.CopyTo(decompressed);
        return decompressed.ToArray();
    }
}
