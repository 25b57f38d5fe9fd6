using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints.Safetensors;

/// <summary>Writes safetensors files.</summary>
public static class SafetensorsWriter
{
    private const long PieceLength = 1 << 24;  // elements; a span holds at most 2 GB

    private static readonly Dictionary<string, string> DefaultMetadata = new() { ["format"] = "pt" };

    /// <summary>Writes a file atomically: under a temporary name in the same folder, flushed to disk, then renamed.</summary>
    /// <param name="path">The file; it is replaced if it exists. Its folder must exist.</param>
    /// <param name="tensors">
    /// Tensors of any shape and device by their names. Tensors with wider elements come first in the file; otherwise the order is kept.
    /// </param>
    /// <param name="metadata">
    /// Texts for the header's <c>__metadata__</c>; <c>format</c>: <c>pt</c>, which transformers needs, if
    /// <see langword="null"/>.
    /// </param>
    /// <exception cref="ArgumentException">A name occurs twice or is <c>__metadata__</c>, or the header would exceed 100 MB.</exception>
    /// <exception cref="NotSupportedException">A tensor's type is not one of the format's.</exception>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        WriteLazily(path, tensors.Select(LazyTensor.Of), metadata);

    /// <summary>Writes to a stream.</summary>
    /// <param name="stream">Where to write; it stays open.</param>
    /// <param name="tensors">
    /// Tensors of any shape and device by their names. Tensors with wider elements come first in the file; otherwise the order is kept.
    /// </param>
    /// <param name="metadata">
    /// Texts for the header's <c>__metadata__</c>; <c>format</c>: <c>pt</c>, which transformers needs, if
    /// <see langword="null"/>.
    /// </param>
    /// <exception cref="ArgumentException">A name occurs twice or is <c>__metadata__</c>, or the header would exceed 100 MB.</exception>
    /// <exception cref="NotSupportedException">A tensor's type is not one of the format's.</exception>
    public static void Write(
        Stream stream, IEnumerable<KeyValuePair<string, Tensor>> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        WriteLazily(stream, tensors.Select(LazyTensor.Of), metadata);

    /// <summary>Writes a file of tensors that are read one by one.</summary>
    internal static void WriteLazily(string path, IEnumerable<LazyTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) =>
        AtomicFile.Write(path, stream => WriteLazily(stream, tensors, metadata));

    /// <summary>Writes tensors that are read one by one to a stream.</summary>
    internal static void WriteLazily(Stream stream, IEnumerable<LazyTensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        // Wider elements first: then every tensor begins at a multiple of its element's size, which helps readers that map the file.
        var ordered = tensors.OrderByDescending(tensor => tensor.ElementSize).ToList();
        stream.Write(Header(ordered, metadata ?? DefaultMetadata));
        using var noGrad = no_grad();
        foreach (var tensor in ordered)
        {
            using var scope = NewDisposeScope();
            var flat = tensor.Read().detach().cpu().contiguous().view(-1);
            for (long start = 0, count = flat.NumberOfElements; start < count; start += PieceLength)
            {
                stream.Write(flat.narrow(0, start, Math.Min(PieceLength, count - start)).bytes);
            }
        }
    }

    private static ReadOnlySpan<byte> Header(List<LazyTensor> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write(new byte[SafetensorsHeader.PrefixLength]);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            WriteMetadata(json, metadata);
            WriteEntries(json, tensors);
            json.WriteEndObject();
        }

        int length = buffer.WrittenCount - SafetensorsHeader.PrefixLength;
        int padding = -length & 7;  // data begin at a multiple of 8
        if (length + padding > SafetensorsHeader.MaxLength)
        {
            throw new ArgumentException(
                $"The header would take {length} bytes, but the format allows {SafetensorsHeader.MaxLength}. Split the file.",
                nameof(tensors));
        }

        byte[] header = new byte[buffer.WrittenCount + padding];
        buffer.WrittenSpan.CopyTo(header);
        header.AsSpan(buffer.WrittenCount).Fill((byte)' ');
        BinaryPrimitives.WriteInt64LittleEndian(header, length + padding);
        return header;
    }

    private static void WriteMetadata(Utf8JsonWriter json, IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.Count == 0)
        {
            return;
        }

        json.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach (var (key, value) in metadata)
        {
            json.WriteString(key, value);
        }

        json.WriteEndObject();
    }

    private static void WriteEntries(Utf8JsonWriter json, List<LazyTensor> tensors)
    {
        var names = new HashSet<string>();
        long begin = 0;
        foreach (var tensor in tensors)
        {
            var (name, type, shape) = (tensor.Name, tensor.Type, tensor.Shape);
            if (name == SafetensorsHeader.MetadataKey || !names.Add(name))
            {
                throw new ArgumentException($"A tensor's name '{name}' occurs twice or is the format's own.", nameof(tensors));
            }

            json.WriteStartObject(name);
            json.WriteString("dtype", SafetensorsType.NameOf(type) ?? throw new NotSupportedException(
                $"Tensor '{name}' is of type {type}; the format has {SafetensorsType.Readable}."));
            json.WriteStartArray("shape");
            foreach (long size in shape)
            {
                json.WriteNumberValue(size);
            }

            json.WriteEndArray();
            long end = begin + tensor.Bytes;
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(begin);
            json.WriteNumberValue(end);
            json.WriteEndArray();
            json.WriteEndObject();
            begin = end;
        }
    }
}
