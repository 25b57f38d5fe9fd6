using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>Adds gradients in the model's format to float32 gradients, without a float32 copy.</summary>
internal static unsafe class AccumulationKernel
{
    /// <summary>target += source.</summary>
    /// <param name="target">The sum, float32.</param>
    /// <param name="source">The numbers to add, in the model's format. There are as many as in <paramref name="target"/>.</param>
    public static void Add(Tensor target, Tensor source)
    {
        if (ElementTypes.IsBFloat16(source))
        {
            Add<BFloat16Element>(target, source);
        }
        else
        {
            Add<Float32Element>(target, source);
        }
    }

    private static void Add<T>(Tensor target, Tensor source)
        where T : unmanaged, IElement<T>
    {
        const int rowLength = 1024;
        long count = source.numel();
        var sum = TensorMemory.Of<Float32Element>(target);
        var term = TensorMemory.Of<T>(source);
        ParallelRows.For((count + rowLength - 1) / rowLength, rowLength, (start, end) =>
        {
            long stop = Math.Min(count, end * rowLength);
            for (long i = start * rowLength; i < stop; i += Vectors.Width)
            {
                Vectors.Store(sum + i, Vectors.Load(sum + i, stop - i) + Vectors.Load(term + i, stop - i), stop - i);
            }
        });
    }
}
