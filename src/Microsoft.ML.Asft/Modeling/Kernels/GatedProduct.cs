using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>
/// silu(gate) · up. libtorch computes the exponential of an element otherwise at the end of a tensor than within it, so that a row's
/// result would depend on the rows beside it; here it does not.
/// </summary>
internal static class GatedProduct
{
    /// <param name="gate">(…, I). With few rows it is overwritten.</param>
    /// <param name="up">(…, I).</param>
    /// <returns>(…, I).</returns>
    public static Tensor Apply(Tensor gate, Tensor up)
    {
        if (!FewRows.Are(gate))
        {
            return nn.functional.silu(gate).mul(up);
        }

        int width = (int)gate.shape[^1];
        var gates = FewRows.Span(gate);
        var ups = FewRows.Span(up);
        var sigmoid = new float[width];
        for (int at = 0; at < gates.Length; at += width)
        {
            var row = gates.Slice(at, width);
            TensorPrimitives.Sigmoid(row, sigmoid);
            TensorPrimitives.Multiply(row, sigmoid, row);
            TensorPrimitives.Multiply(row, ups.Slice(at, width), row);
        }

        return gate;
    }
}
