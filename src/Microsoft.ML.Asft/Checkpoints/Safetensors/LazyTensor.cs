using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints.Safetensors;

/// <summary>A named tensor that is loaded only when it is read, so that a list of many needs the memory of one.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="ElementSize">The bytes of an element.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Read">Loads it, in the dispose scope of the caller. It may be a model's own tensor: do not change or dispose it.</param>
public sealed record LazyTensor(string Name, ScalarType Type, long ElementSize, long[] Shape, Func<Tensor> Read)
{
    /// <summary>Gets the number of bytes.</summary>
    public long Bytes => Shape.Aggregate(ElementSize, (bytes, size) => bytes * size);

    /// <summary>The same tensor in another format.</summary>
    internal LazyTensor As(ScalarType type) => this with { Type = type, ElementSize = SafetensorsType.SizeOf(type), Read = () => Read().to_type(type) };

    /// <summary>Wraps a tensor in memory.</summary>
    /// <param name="tensor">Its name and the tensor.</param>
    public static LazyTensor Of(KeyValuePair<string, Tensor> tensor) => Of(tensor.Key, tensor.Value);

    /// <summary>Wraps a tensor in memory.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="tensor">The tensor.</param>
    public static LazyTensor Of(string name, Tensor tensor) => new(name, tensor.dtype, tensor.ElementSize, tensor.shape, () => tensor);
}
