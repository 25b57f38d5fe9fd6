using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints.Safetensors;

/// <summary>The entry of one tensor in a safetensors file's header.</summary>
public sealed class SafetensorsEntry
{
    internal SafetensorsEntry(string name, string storedType, long[] shape, long offset, long length)
    {
        (Name, StoredType, Shape, Offset, Length) = (name, storedType, shape, offset, length);
    }

    /// <summary>Gets the tensor's name, such as <c>model.layers.0.self_attn.q_proj.weight</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the element type in the file's spelling: <c>BF16</c>, <c>F32</c>, <c>F8_E4M3</c>, …</summary>
    public string StoredType { get; }

    /// <summary>Gets the element type.</summary>
    /// <exception cref="NotSupportedException">The type is not supported; <see cref="StoredType"/> has its name.</exception>
    public ScalarType DType => SafetensorsType.DTypeOf(StoredType) ?? throw new NotSupportedException(
        $"Tensor '{Name}' is stored as {StoredType}, which is not supported. Convert it to one of {SafetensorsType.Readable}.");

    /// <summary>Gets the shape; empty for a single number.</summary>
    public long[] Shape { get; }

    /// <summary>Gets the offset of the tensor's data, in bytes from the start of the file.</summary>
    public long Offset { get; }

    /// <summary>Gets the length of the tensor's data, in bytes.</summary>
    public long Length { get; }
}
