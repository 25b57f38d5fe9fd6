using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Checkpoints;

/// <summary>A tensor that may be there only once it is read.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">Its element type.</param>
/// <param name="ElementSize">The bytes of an element.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Read">Makes it, in the dispose scope of whoever calls.</param>
internal sealed record LazyTensor(string Name, ScalarType Type, long ElementSize, long[] Shape, Func<Tensor> Read)
{
    /// <summary>Gets the number of bytes.</summary>
    public long Bytes => Shape.Aggregate(ElementSize, (bytes, size) => bytes * size);

    /// <summary>One that is there.</summary>
    public static LazyTensor Of(KeyValuePair<string, Tensor> tensor) => Of(tensor.Key, tensor.Value);

    /// <summary>One that is there.</summary>
    public static LazyTensor Of(string name, Tensor tensor) => new(name, tensor.dtype, tensor.ElementSize, tensor.shape, () => tensor);
}
