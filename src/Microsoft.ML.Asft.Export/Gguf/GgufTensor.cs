using Microsoft.ML.Asft.Checkpoints.Safetensors;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>A tensor of a GGUF file.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Type">Its number format in the file.</param>
/// <param name="Source">The source: its original name, its shape, and how to read it.</param>
internal sealed record GgufTensor(string Name, GgufType Type, LazyTensor Source)
{
    /// <summary>Gets the numbers of a row: a row is as long as the last dimension.</summary>
    public long RowLength => Source.Shape[^1];

    /// <summary>Gets the size of the data in bytes.</summary>
    public long Bytes => Source.Shape.Aggregate(1L, (product, size) => product * size) / TensorEncoder.BlockLength(Type)
        * TensorEncoder.BlockSize(Type);
}
