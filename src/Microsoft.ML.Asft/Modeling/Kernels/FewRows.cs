using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>What the kernels of decoding work on: some rows of float32 on the CPU, with no gradient wanted.</summary>
internal static class FewRows
{
    /// <summary>From about so many rows on libtorch's own operators are faster.</summary>
    public const int Most = 24;

    /// <summary>Whether a tensor (…, width) is of that kind.</summary>
    public static bool Are(Tensor tensor)
    {
        if (is_grad_enabled() || tensor.dtype != ScalarType.Float32 || tensor.device_type != TorchSharp.DeviceType.CPU)
        {
            return false;
        }

        long[] shape = tensor.shape;
        return shape[^1] > 0 && tensor.NumberOfElements / shape[^1] is > 0 and <= Most;
    }

    /// <summary>The memory of a contiguous tensor; libtorch does not move it.</summary>
    public static unsafe float* Pointer(Tensor tensor) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    public static Span<float> Span(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
