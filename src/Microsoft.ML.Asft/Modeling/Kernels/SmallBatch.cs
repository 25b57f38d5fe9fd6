using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>Tells whether the decoding kernels are used for a tensor: a few rows of float32 or bfloat16 on the CPU, without gradients.</summary>
internal static class SmallBatch
{
    /// <summary>The maximum number of rows. With more rows than about this, libtorch's products are faster.</summary>
    public const int MaxRows = 24;

    /// <summary>Whether the decoding kernels are used for a tensor (…, width).</summary>
    public static bool Fits(Tensor tensor)
    {
        if (is_grad_enabled() || !ElementTypes.Supports(tensor.dtype, tensor.device_type))
        {
            return false;
        }

        long[] shape = tensor.shape;
        return shape[^1] > 0 && tensor.NumberOfElements / shape[^1] is > 0 and <= MaxRows;
    }
}
