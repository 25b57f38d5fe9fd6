using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>
/// The number formats that kernels support. A kernel is a generic static class. It checks the format once in each call, and is compiled for each
/// format. Its tensors are contiguous and on the CPU, and it computes in float32 for every format.
/// </summary>
internal static class ElementTypes
{
    /// <summary>Whether there are kernels for a format on a device.</summary>
    public static bool Supports(ScalarType dtype, DeviceType device) =>
        device == DeviceType.CPU && dtype is ScalarType.Float32 or ScalarType.BFloat16;

    /// <summary>Whether a tensor's elements are <see cref="BFloat16Element"/>s and not <see cref="Float32Element"/>s.</summary>
    /// <exception cref="NotSupportedException">There are no kernels for the format.</exception>
    public static bool IsBFloat16(Tensor tensor) => tensor.dtype switch
    {
        ScalarType.BFloat16 => true,
        ScalarType.Float32 => false,
        var other => throw new NotSupportedException($"There are no kernels for {other}. Use float32 or bfloat16."),
    };
}
