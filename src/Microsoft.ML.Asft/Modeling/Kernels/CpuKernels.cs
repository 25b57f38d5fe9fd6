using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// What a decoder does between its matrix products, each in one pass over memory and in place where that can be: libtorch's
/// elementwise operators would make a new tensor for every step. Tensors are contiguous and on the CPU; arithmetic is
/// float32 whatever their format.
/// </summary>
internal abstract partial class CpuKernels
{
    public static CpuKernels For(ScalarType dtype) => dtype switch
    {
        ScalarType.Float32 => new CpuKernels<Float32Element>(),
        ScalarType.BFloat16 => new CpuKernels<BFloat16Element>(),
        _ => throw new NotSupportedException($"There are no kernels for {dtype}; use float32 or bfloat16."),
    };

    /// <summary>target += source, float32 and the model's format.</summary>
    public abstract void AddTo(Tensor target, Tensor source);
}

/// <inheritdoc/>
internal sealed unsafe partial class CpuKernels<T> : CpuKernels
    where T : unmanaged, IElement<T>
{
    public override void AddTo(Tensor target, Tensor source)
    {
        const int rowLength = 1024;
        long count = source.numel();
        var sum = Memory.Of<Float32Element>(target);
        var term = Memory.Of<T>(source);
        Rows.For((count + rowLength - 1) / rowLength, rowLength, (start, end) =>
        {
            long stop = Math.Min(count, end * rowLength);
            for (long i = start * rowLength; i < stop; i += Vectors.Width)
            {
                Vectors.Store(sum + i, Vectors.Load(sum + i, stop - i) + Vectors.Load(term + i, stop - i), stop - i);
            }
        });
    }
}
