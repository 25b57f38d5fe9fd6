using System.Runtime.Intrinsics;
using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Norms;

/// <summary>
/// Computes RMSNorm and its gradients, each in one pass over memory (the weight's gradient in two). libtorch 2.10's norm takes 3.5 to 4.4 times as long
/// for 800 rows (docs/performance.md).
/// </summary>
internal static unsafe class RmsNormKernel
{
    /// <summary>y = x / rms(x) · (offset + weight), for rows of <paramref name="weight"/>'s length (arXiv 1910.07467, eq. 4).</summary>
    public static void Forward(Tensor x, Tensor weight, double epsilon, Tensor y, double offset = 0)
    {
        if (ElementTypes.IsBFloat16(x))
        {
            Forward<BFloat16Element>(x, weight, epsilon, y, offset);
        }
        else
        {
            Forward<Float32Element>(x, weight, epsilon, y, offset);
        }
    }

    /// <summary>Computes the gradients of the input and the weight of <see cref="Forward(Tensor, Tensor, double, Tensor, double)"/>.</summary>
    /// <param name="x">The input.</param>
    /// <param name="weight">The weight, (D).</param>
    /// <param name="epsilon">The number that is added to the mean square.</param>
    /// <param name="outputGradient">The gradient of y.</param>
    /// <param name="inputGradient">Receives the gradient of x.</param>
    /// <param name="add">Whether to add to <paramref name="inputGradient"/> instead of overwriting it.</param>
    /// <param name="weightGradient">The gradient of the weight, float32 (D), which is added to; <see langword="null"/> if the weight is frozen.</param>
    /// <param name="offset">The number that is added to the weight.</param>
    public static void Backward(
        Tensor x, Tensor weight, double epsilon, Tensor outputGradient, Tensor inputGradient, bool add, Tensor? weightGradient, double offset = 0)
    {
        if (ElementTypes.IsBFloat16(x))
        {
            Backward<BFloat16Element>(x, weight, epsilon, outputGradient, inputGradient, add, weightGradient, offset);
        }
        else
        {
            Backward<Float32Element>(x, weight, epsilon, outputGradient, inputGradient, add, weightGradient, offset);
        }
    }

    private static void Forward<T>(Tensor x, Tensor weight, double epsilon, Tensor y, double offset)
        where T : unmanaged, IElement<T>
    {
        long d = weight.numel();
        var (input, scale, output) = ((nint)TensorMemory.Of<T>(x), (nint)TensorMemory.Of<T>(weight), (nint)TensorMemory.Of<T>(y));
        ParallelRows.For(x.numel() / d, 2 * d, (start, end) =>
            Forward((T*)input + (start * d), (T*)scale, (T*)output + (start * d), end - start, d, epsilon, offset));
    }

    /// <summary>y = x / rms(x) · (offset + weight), for rows of d numbers, on this thread.</summary>
    public static void Forward<T>(T* x, T* weight, T* y, long rows, long d, double epsilon, double offset)
        where T : unmanaged, IElement<T>
    {
        for (long row = 0; row < rows; row++)
        {
            T* source = x + (row * d);
            T* target = y + (row * d);
            var (inverse, one) = (Vector512.Create(InverseRms(source, d, epsilon)), Vector512.Create((float)offset));
            for (long i = 0; i < d; i += Vectors.Width)
            {
                Vectors.Store(target + i, Vectors.Load(source + i, d - i) * inverse * (Vectors.Load(weight + i, d - i) + one), d - i);
            }
        }
    }

    // With r = 1/rms and w with its offset: dx = r·(w·dy − x·r²·mean(x·w·dy)), dw = Σ x·r·dy.
    private static void Backward<T>(
        Tensor x, Tensor weight, double epsilon, Tensor outputGradient, Tensor inputGradient, bool add, Tensor? weightGradient, double offset)
        where T : unmanaged, IElement<T>
    {
        long d = weight.numel();
        long rows = x.numel() / d;
        var input = TensorMemory.Of<T>(x);
        var scale = TensorMemory.Of<T>(weight);
        var above = TensorMemory.Of<T>(outputGradient);
        var below = TensorMemory.Of<T>(inputGradient);
        if (weightGradient is not null)
        {
            AddWeightGradient(input, above, TensorMemory.Of<Float32Element>(weightGradient), rows, d, epsilon);
        }

        ParallelRows.For(rows, 4 * d, (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                T* source = input + (row * d);
                T* gradient = above + (row * d);
                T* target = below + (row * d);
                float inverse = InverseRms(source, d, epsilon);
                var (sum, one) = (Vector512<float>.Zero, Vector512.Create((float)offset));
                for (long i = 0; i < d; i += Vectors.Width)
                {
                    sum += Vectors.Load(source + i, d - i) * (Vectors.Load(scale + i, d - i) + one) * Vectors.Load(gradient + i, d - i);
                }

                var r = Vector512.Create(inverse);
                var pull = Vector512.Create(Vector512.Sum(sum) / d * inverse * inverse);
                for (long i = 0; i < d; i += Vectors.Width)
                {
                    var change = r * (((Vectors.Load(scale + i, d - i) + one) * Vectors.Load(gradient + i, d - i))
                        - (Vectors.Load(source + i, d - i) * pull));
                    Vectors.Store(target + i, add ? change + Vectors.Load(target + i, d - i) : change, d - i);
                }
            }
        });
    }

    // Threads divide the columns, not the rows. So the order of each sum does not depend on the number of threads.
    private static void AddWeightGradient<T>(T* input, T* above, Float32Element* gradient, long rows, long d, double epsilon)
        where T : unmanaged, IElement<T>
    {
        float[] inverse = new float[rows];
        ParallelRows.For(rows, d, (start, end) =>
        {
            for (long row = start; row < end; row++)
            {
                inverse[row] = InverseRms(input + (row * d), d, epsilon);
            }
        });
        ParallelRows.For((d + Vectors.Width - 1) / Vectors.Width, rows * Vectors.Width, (start, end) =>
        {
            for (long i = start * Vectors.Width; i < Math.Min(d, end * Vectors.Width); i += Vectors.Width)
            {
                var sum = Vector512<float>.Zero;
                for (long row = 0; row < rows; row++)
                {
                    sum += Vectors.Load(input + (row * d) + i, d - i) * Vectors.Load(above + (row * d) + i, d - i) * inverse[row];
                }

                Vectors.Store(gradient + i, Vectors.Load(gradient + i, d - i) + sum, d - i);
            }
        });
    }

    private static float InverseRms<T>(T* source, long d, double epsilon)
        where T : unmanaged, IElement<T>
    {
        var squares = Vector512<float>.Zero;
        for (long i = 0; i < d; i += Vectors.Width)
        {
            var values = Vectors.Load(source + i, d - i);
            squares += values * values;
        }

        return (float)(1 / Math.Sqrt((Vector512.Sum(squares) / d) + epsilon));
    }
}
