using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>Gives access to the memory of contiguous tensors on the CPU. libtorch does not move it.</summary>
internal static unsafe class TensorMemory
{
    public static T* Of<T>(Tensor tensor)
        where T : unmanaged
    {
        if (tensor.NumberOfElements * tensor.ElementSize <= int.MaxValue)
        {
            return (T*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(tensor.bytes));
        }

        // TorchSharp gives access only through spans, which hold at most 2 GB. A part has the same address.
        using var first = tensor.select(0, 0);
        return Of<T>(first);
    }

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

    /// <summary>Copies a row of a contiguous matrix of float32 or bfloat16 as float32.</summary>
    /// <param name="matrix">The matrix, (rows, width).</param>
    /// <param name="row">The row.</param>
    /// <param name="width">The length of a row.</param>
    /// <param name="target">Receives the row.</param>
    public static void WidenRow(Tensor matrix, long row, long width, float* target)
    {
        if (ElementTypes.IsBFloat16(matrix))
        {
            Widen(Of<BFloat16Element>(matrix) + (row * width), target, width);
        }
        else
        {
            Widen(Of<Float32Element>(matrix) + (row * width), target, width);
        }
    }

    /// <summary>Copies numbers as float32.</summary>
    public static void Widen<T>(T* source, float* target, long count)
        where T : unmanaged, IElement<T>
    {
        for (long i = 0; i < count; i += Vectors.Width)
        {
            Vectors.Store((Float32Element*)target + i, Vectors.Load(source + i, count - i), count - i);
        }
    }
}
