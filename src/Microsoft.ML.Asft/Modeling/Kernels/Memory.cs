using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>Gives access to the memory of contiguous tensors on the CPU. libtorch does not move it.</summary>
internal static unsafe class Memory
{
    public static T* Of<T>(Tensor tensor)
        where T : unmanaged => (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));

    /// <summary>A pointer to the first row of a matrix. Each row is contiguous, but the matrix may be columns of a wider one.</summary>
    /// <param name="matrix">The matrix, (rows, columns).</param>
    /// <param name="stride">Receives the distance from one row to the next, in elements.</param>
    public static T* OfRows<T>(Tensor matrix, out long stride)
        where T : unmanaged
    {
        using var first = matrix.select(0, 0);
        stride = matrix.stride(0);
        return Of<T>(first);
    }
}
