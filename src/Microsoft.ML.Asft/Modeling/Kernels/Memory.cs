using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>Gives access to the memory of contiguous tensors on the CPU. libtorch does not move it.</summary>
internal static unsafe class Memory
{
    public static T* Of<T>(Tensor tensor)
        where T : unmanaged => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    /// <summary>The first row of a matrix whose rows are contiguous, such as some columns of a wider one.</summary>
    /// <param name="matrix">(rows, columns).</param>
    /// <param name="stride">From one row to the next, in numbers.</param>
    public static T* OfRows<T>(Tensor matrix, out long stride)
        where T : unmanaged
    {
        using var first = matrix.select(0, 0);
        stride = matrix.stride(0);
        return Of<T>(first);
    }
}
