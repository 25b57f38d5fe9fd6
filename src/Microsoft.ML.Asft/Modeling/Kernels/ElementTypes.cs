using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>
/// The number formats that kernels read and write. A kernel is a static class that asks here once a call and is compiled for each:
/// tensors are contiguous and on the CPU, and arithmetic is float32 whatever their format.
/// </summary>
internal static class ElementTypes
{
    /// <summary>Whether there are kernels for a format on a device.</summary>
    public static bool Supports(ScalarType dtype, DeviceType device) =>
        device == DeviceType.CPU && dtype is ScalarType.Float32 or ScalarType.BFloat16;

    /// <summary>Whether <see cref="BFloat16Element"/> is meant, rather than <see cref="Float32Element"/>.</summary>
    /// <exception cref="NotSupportedException">There are no kernels for the format.</exception>
    public static bool IsBFloat16(Tensor tensor) => tensor.dtype switch
    {
        ScalarType.BFloat16 => true,
        ScalarType.Float32 => false,
        var other => throw new NotSupportedException($"There are no kernels for {other}; use float32 or bfloat16."),
    };
}
