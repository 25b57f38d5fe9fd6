using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>What the kernels of decoding work on: a few rows of float32 or bfloat16 on the CPU, with no gradient wanted.</summary>
internal static class SmallBatch
{
    /// <summary>From about so many rows on libtorch's own products are faster.</summary>
    public const int MaxRows = 24;

    /// <summary>Whether a tensor (…, width) is of that kind.</summary>
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
