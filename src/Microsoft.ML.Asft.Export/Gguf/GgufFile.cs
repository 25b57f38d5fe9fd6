namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>Writes a GGUF file, version 3: header, metadata, tensor descriptions, then their data.</summary>
/// <remarks>The layout is that of docs/gguf.md in ggml-org/ggml.</remarks>
internal static class GgufFile
{
    private const int Version = 3;
    private const int Alignment = 32;

    /// <summary>Writes a file. Tensors are read one at a time.</summary>
    public static void Write(FileStream stream, GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors)
    {
        WriteHeader(stream, metadata, tensors);
        foreach (var tensor in tensors)
        {
            TensorEncoder.Write(stream, tensor);
            stream.Write(new byte[Padding(tensor.Bytes)]);
        }
    }

    private static void WriteHeader(Stream stream, GgufMetadata metadata, IReadOnlyList<GgufTensor> tensors)
    {
        using var header = new MemoryStream();
        using var writer = new BinaryWriter(header);
        writer.Write("GGUF"u8);
        writer.Write(Version);
        writer.Write((ulong)tensors.Count);
        writer.Write((ulong)metadata.Count);
        writer.Write(metadata.Bytes);
        long offset = 0;
        foreach (var tensor in tensors)
        {
            GgufMetadata.WriteText(writer, tensor.Name);
            writer.Write(tensor.Shape.Length);
            foreach (long size in tensor.Shape.Reverse())
            {
                writer.Write((ulong)size);  // the dimension that is contiguous in memory comes first
            }

            writer.Write((int)tensor.Type);
            writer.Write((ulong)offset);
            offset += tensor.Bytes + Padding(tensor.Bytes);
        }

        writer.Write(new byte[Padding(header.Length)]);
        header.WriteTo(stream);
    }

    private static int Padding(long length) => (int)(-length & (Alignment - 1));
}
