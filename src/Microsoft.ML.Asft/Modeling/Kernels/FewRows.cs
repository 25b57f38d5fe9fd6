using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>What the kernels of decoding work on: a few rows of float32 or bfloat16 on the CPU, with no gradient wanted.</summary>
internal static class FewRows
{
    /// <summary>From about so many rows on libtorch's own products are faster.</summary>
    public const int Most = 24;

    /// <summary>Whether a tensor (…, width) is of that kind.</summary>
    public static bool Are(Tensor tensor)
    {
        if (is_grad_enabled() || !Serve(tensor.dtype, tensor.device_type))
        {
            return false;
        }

        long[] shape = tensor.shape;
        return shape[^1] > 0 && tensor.NumberOfElements / shape[^1] is > 0 and <= Most;
    }

    /// <summary>Whether there are kernels for a format on a device.</summary>
    public static bool Serve(ScalarType dtype, TorchSharp.DeviceType device) =>
        dtype is ScalarType.Float32 or ScalarType.BFloat16 && device == TorchSharp.DeviceType.CPU;

    public static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
