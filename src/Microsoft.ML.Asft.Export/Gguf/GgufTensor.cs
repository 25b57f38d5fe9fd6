using Microsoft.ML.Asft.Checkpoints.Safetensors;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>A tensor of a GGUF file.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">Its number format in the file.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Parts">Its data, one part after the other: a single tensor, or those of a layer's experts, which the file has as one tensor.</param>
internal sealed record GgufTensor(string Name, GgufType Type, long[] Shape, IReadOnlyList<LazyTensor> Parts)
{
    /// <summary>Describes a tensor of one part.</summary>
    public static GgufTensor Of(string name, GgufType type, LazyTensor source) => new(name, type, source.Shape, [source]);

    /// <summary>Gets the size of the data in bytes.</summary>
    public long Bytes => Shape.Aggregate(1L, (product, size) => product * size) / TensorEncoder.BlockLength(Type) * TensorEncoder.BlockSize(Type);
}
