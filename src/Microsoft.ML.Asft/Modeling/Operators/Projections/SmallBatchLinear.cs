using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Projections;

/// <summary>
/// The projection of few rows, <c>y = x·Wᵀ + b</c>, as decoding needs it: all its time goes into reading W, once for all rows.
/// libtorch 2.10 takes 1.1 times as long for one row and 2 times for 8 and 24 in float32; in bfloat16 2 times for one row, but 0.9 times for 8 and
/// 0.5 times for 24, where this stays for the sake of the next sentence (docs/performance.md).
/// A row's result is, to the last bit, the same whatever rows are beside it. Sums are float32 whatever the format.
/// </summary>
internal static unsafe class SmallBatchLinear
{
    private const int PartBytes = 1 << 17;

    /// <summary>x·Wᵀ + b, by whichever way is faster.</summary>
    /// <param name="input">x of shape (…, in).</param>
    /// <param name="weight">W of shape (out, in).</param>
    /// <param name="bias">b of shape (out), or none.</param>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias)
    {
        var dtype = input.dtype;
        if (!SmallBatch.Fits(input) || weight.dtype != dtype || !weight.is_contiguous() || weight.NumberOfElements > int.MaxValue / sizeof(float))
        {
            return DenseProduct.Linear(input, weight, bias);
        }

        long[] shape = input.shape;
        int inputs = (int)shape[^1];
        int rows = (int)(input.NumberOfElements / inputs);
        shape[^1] = weight.shape[0];
        int outputs = (int)shape[^1];
        var output = empty(shape, ScalarType.Float32);
        float* y = Memory.Of<float>(output);
        using var x = (dtype == ScalarType.Float32 ? input : input.to_type(ScalarType.Float32)).contiguous();
        if (dtype == ScalarType.Float32)
        {
            Multiply(Memory.Of<float>(x), Memory.Of<Float32Element>(weight), y, rows, inputs, outputs);
        }
        else
        {
            Multiply(Memory.Of<float>(x), Memory.Of<BFloat16Element>(weight), y, rows, inputs, outputs);
            output = output.to_type(dtype);
        }

        return bias is null ? output : output.add_(bias);
    }

    private static void Multiply<T>(float* x, T* weight, float* y, int rows, int inputs, int outputs)
        where T : unmanaged, IElement<T>
    {
        int size = Math.Max(16, PartBytes / sizeof(T) / inputs) & ~3;
        int parts = (outputs + size - 1) / size;
        if (parts == 1)
        {
            Part(0);
        }
        else
        {
            ProcessorTeam.Shared.Run(parts, Part);
        }

        void Part(int part)
        {
            int end = Math.Min(outputs, (part + 1) * size);
            int o = part * size;
            for (; o + 4 <= end; o += 4)
            {
                T* w = weight + ((long)o * inputs);
                int row = 0;
                for (; row + 4 <= rows; row += 4)
                {
                    FourByFour(x + ((long)row * inputs), w, y + ((long)row * outputs) + o, inputs, outputs);
                }

                for (; row + 2 <= rows; row += 2)
                {
                    TwoByFour(x + ((long)row * inputs), w, y + ((long)row * outputs) + o, inputs, outputs);
                }

                if (row < rows)
                {
                    OneByFour(x + ((long)row * inputs), w, y + ((long)row * outputs) + o, inputs);
                }
            }

            for (; o < end; o++)
            {
                for (int row = 0; row < rows; row++)
                {
                    y[((long)row * outputs) + o] = Dot(x + ((long)row * inputs), weight + ((long)o * inputs), inputs);
                }
            }
        }
    }

    // Every product below adds up in the one order of Dot. Compiled well from the first call on: a short run would not see the second.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot<T>(float* x, T* w, int length)
        where T : unmanaged, IElement<T>
    {
        var sum = Vector512<float>.Zero;
        int i = 0;
        for (; i + Vectors.Width <= length; i += Vectors.Width)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), T.Load(w + i), sum);
        }

        return Vector512.Sum(sum) + Rest(x, w, i, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByFour<T>(float* x, T* w, float* y, int length)
        where T : unmanaged, IElement<T>
    {
        T* w1 = w + length, w2 = w1 + length, w3 = w2 + length;
        FourSums sums = default;
        int i = 0;
        for (; i + Vectors.Width <= length; i += Vectors.Width)
        {
            sums.Add(Vector512.Load(x + i), T.Load(w + i), T.Load(w1 + i), T.Load(w2 + i), T.Load(w3 + i));
        }

        sums.Store(y);
        AddRest(x, w, y, i, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoByFour<T>(float* x, T* w, float* y, int length, int stride)
        where T : unmanaged, IElement<T>
    {
        float* x1 = x + length;
        T* w1 = w + length, w2 = w1 + length, w3 = w2 + length;
        FourSums sums0 = default, sums1 = default;
        int i = 0;
        for (; i + Vectors.Width <= length; i += Vectors.Width)
        {
            Vector512<float> u0 = T.Load(w + i), u1 = T.Load(w1 + i), u2 = T.Load(w2 + i), u3 = T.Load(w3 + i);
            sums0.Add(Vector512.Load(x + i), u0, u1, u2, u3);
            sums1.Add(Vector512.Load(x1 + i), u0, u1, u2, u3);
        }

        sums0.Store(y);
        sums1.Store(y + stride);
        AddRest(x, w, y, i, length);
        AddRest(x1, w, y + stride, i, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByFour<T>(float* x, T* w, float* y, int length, int stride)
        where T : unmanaged, IElement<T>
    {
        float* x1 = x + length, x2 = x1 + length, x3 = x2 + length;
        T* w1 = w + length, w2 = w1 + length, w3 = w2 + length;
        FourSums sums0 = default, sums1 = default, sums2 = default, sums3 = default;
        int i = 0;
        for (; i + Vectors.Width <= length; i += Vectors.Width)
        {
            Vector512<float> u0 = T.Load(w + i), u1 = T.Load(w1 + i), u2 = T.Load(w2 + i), u3 = T.Load(w3 + i);
            sums0.Add(Vector512.Load(x + i), u0, u1, u2, u3);
            sums1.Add(Vector512.Load(x1 + i), u0, u1, u2, u3);
            sums2.Add(Vector512.Load(x2 + i), u0, u1, u2, u3);
            sums3.Add(Vector512.Load(x3 + i), u0, u1, u2, u3);
        }

        sums0.Store(y);
        sums1.Store(y + stride);
        sums2.Store(y + (2L * stride));
        sums3.Store(y + (3L * stride));
        AddRest(x, w, y, i, length);
        AddRest(x1, w, y + stride, i, length);
        AddRest(x2, w, y + (2L * stride), i, length);
        AddRest(x3, w, y + (3L * stride), i, length);
    }

    private static void AddRest<T>(float* x, T* w, float* y, int from, int length)
        where T : unmanaged, IElement<T>
    {
        for (int output = 0; from < length && output < 4; output++)
        {
            y[output] += Rest(x, w + ((long)output * length), from, length);
        }
    }

    private static float Rest<T>(float* x, T* w, int from, int length)
        where T : unmanaged, IElement<T> => from == length ? 0
        : Vector512.Sum(Vectors.Load((Float32Element*)x + from, length - from) * Vectors.Load(w + from, length - from));

    // One row's products with four outputs.
    private struct FourSums
    {
        private Vector512<float> _first, _second, _third, _fourth;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(Vector512<float> x, Vector512<float> w0, Vector512<float> w1, Vector512<float> w2, Vector512<float> w3)
        {
            _first = Vector512.FusedMultiplyAdd(x, w0, _first);
            _second = Vector512.FusedMultiplyAdd(x, w1, _second);
            _third = Vector512.FusedMultiplyAdd(x, w2, _third);
            _fourth = Vector512.FusedMultiplyAdd(x, w3, _fourth);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly void Store(float* y)
        {
            y[0] = Vector512.Sum(_first);
            y[1] = Vector512.Sum(_second);
            y[2] = Vector512.Sum(_third);
            y[3] = Vector512.Sum(_fourth);
        }
    }
}
