using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// The projection of few rows, <c>y = x·Wᵀ + b</c>, as decoding needs it: all its time goes into reading W, once for all rows.
/// BLAS libraries lay W out anew for every product, which takes two to four times as long (docs/generation.md).
/// A row's result is, to the last bit, the same whatever rows are beside it. Sums are float32 whatever the format.
/// </summary>
internal static unsafe class FewRowProduct
{
    private const int PartBytes = 1 << 17;

    /// <summary>x·Wᵀ + b, by whichever way is faster.</summary>
    /// <param name="input">x of shape (…, in).</param>
    /// <param name="weight">W of shape (out, in).</param>
    /// <param name="bias">b of shape (out), or none.</param>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias)
    {
        var dtype = input.dtype;
        if (!FewRows.Are(input) || weight.dtype != dtype || !weight.is_contiguous() || weight.NumberOfElements > int.MaxValue / sizeof(float))
        {
            return nn.functional.linear(input, weight, bias);
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
        Vector512<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        int i = 0;
        for (; i + Vectors.Width <= length; i += Vectors.Width)
        {
            var a = Vector512.Load(x + i);
            sum0 = Vector512.FusedMultiplyAdd(a, T.Load(w + i), sum0);
            sum1 = Vector512.FusedMultiplyAdd(a, T.Load(w1 + i), sum1);
            sum2 = Vector512.FusedMultiplyAdd(a, T.Load(w2 + i), sum2);
            sum3 = Vector512.FusedMultiplyAdd(a, T.Load(w3 + i), sum3);
        }

        y[0] = Vector512.Sum(sum0) + Rest(x, w, i, length);
        y[1] = Vector512.Sum(sum1) + Rest(x, w1, i, length);
        y[2] = Vector512.Sum(sum2) + Rest(x, w2, i, length);
        y[3] = Vector512.Sum(sum3) + Rest(x, w3, i, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoByFour<T>(float* x, T* w, float* y, int length, int stride)
        where T : unmanaged, IElement<T>
    {
        float* x1 = x + length;
        T* w1 = w + length, w2 = w1 + length, w3 = w2 + length;
        Vector512<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        Vector512<float> sum4 = default, sum5 = default, sum6 = default, sum7 = default;
        int i = 0;
        for (; i + Vectors.Width <= length; i += Vectors.Width)
        {
            var a = Vector512.Load(x + i);
            var b = Vector512.Load(x1 + i);
            var u0 = T.Load(w + i);
            var u1 = T.Load(w1 + i);
            var u2 = T.Load(w2 + i);
            var u3 = T.Load(w3 + i);
            sum0 = Vector512.FusedMultiplyAdd(a, u0, sum0);
            sum1 = Vector512.FusedMultiplyAdd(a, u1, sum1);
            sum2 = Vector512.FusedMultiplyAdd(a, u2, sum2);
            sum3 = Vector512.FusedMultiplyAdd(a, u3, sum3);
            sum4 = Vector512.FusedMultiplyAdd(b, u0, sum4);
            sum5 = Vector512.FusedMultiplyAdd(b, u1, sum5);
            sum6 = Vector512.FusedMultiplyAdd(b, u2, sum6);
            sum7 = Vector512.FusedMultiplyAdd(b, u3, sum7);
        }

        y[0] = Vector512.Sum(sum0) + Rest(x, w, i, length);
        y[1] = Vector512.Sum(sum1) + Rest(x, w1, i, length);
        y[2] = Vector512.Sum(sum2) + Rest(x, w2, i, length);
        y[3] = Vector512.Sum(sum3) + Rest(x, w3, i, length);
        y[stride] = Vector512.Sum(sum4) + Rest(x1, w, i, length);
        y[stride + 1] = Vector512.Sum(sum5) + Rest(x1, w1, i, length);
        y[stride + 2] = Vector512.Sum(sum6) + Rest(x1, w2, i, length);
        y[stride + 3] = Vector512.Sum(sum7) + Rest(x1, w3, i, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByFour<T>(float* x, T* w, float* y, int length, int stride)
        where T : unmanaged, IElement<T>
    {
        float* x1 = x + length, x2 = x1 + length, x3 = x2 + length;
        T* w1 = w + length, w2 = w1 + length, w3 = w2 + length;
        Vector512<float> sum00 = default, sum01 = default, sum02 = default, sum03 = default;
        Vector512<float> sum10 = default, sum11 = default, sum12 = default, sum13 = default;
        Vector512<float> sum20 = default, sum21 = default, sum22 = default, sum23 = default;
        Vector512<float> sum30 = default, sum31 = default, sum32 = default, sum33 = default;
        int i = 0;
        for (; i + Vectors.Width <= length; i += Vectors.Width)
        {
            var u0 = T.Load(w + i);
            var u1 = T.Load(w1 + i);
            var u2 = T.Load(w2 + i);
            var u3 = T.Load(w3 + i);
            var a = Vector512.Load(x + i);
            sum00 = Vector512.FusedMultiplyAdd(a, u0, sum00);
            sum01 = Vector512.FusedMultiplyAdd(a, u1, sum01);
            sum02 = Vector512.FusedMultiplyAdd(a, u2, sum02);
            sum03 = Vector512.FusedMultiplyAdd(a, u3, sum03);
            a = Vector512.Load(x1 + i);
            sum10 = Vector512.FusedMultiplyAdd(a, u0, sum10);
            sum11 = Vector512.FusedMultiplyAdd(a, u1, sum11);
            sum12 = Vector512.FusedMultiplyAdd(a, u2, sum12);
            sum13 = Vector512.FusedMultiplyAdd(a, u3, sum13);
            a = Vector512.Load(x2 + i);
            sum20 = Vector512.FusedMultiplyAdd(a, u0, sum20);
            sum21 = Vector512.FusedMultiplyAdd(a, u1, sum21);
            sum22 = Vector512.FusedMultiplyAdd(a, u2, sum22);
            sum23 = Vector512.FusedMultiplyAdd(a, u3, sum23);
            a = Vector512.Load(x3 + i);
            sum30 = Vector512.FusedMultiplyAdd(a, u0, sum30);
            sum31 = Vector512.FusedMultiplyAdd(a, u1, sum31);
            sum32 = Vector512.FusedMultiplyAdd(a, u2, sum32);
            sum33 = Vector512.FusedMultiplyAdd(a, u3, sum33);
        }

        Store(y, sum00, sum01, sum02, sum03);
        Store(y + stride, sum10, sum11, sum12, sum13);
        Store(y + (2L * stride), sum20, sum21, sum22, sum23);
        Store(y + (3L * stride), sum30, sum31, sum32, sum33);
        if (i < length)
        {
            for (int row = 0; row < 4; row++)
            {
                for (int output = 0; output < 4; output++)
                {
                    y[((long)row * stride) + output] += Rest(x + ((long)row * length), w + ((long)output * length), i, length);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* y, Vector512<float> sum0, Vector512<float> sum1, Vector512<float> sum2, Vector512<float> sum3)
    {
        y[0] = Vector512.Sum(sum0);
        y[1] = Vector512.Sum(sum1);
        y[2] = Vector512.Sum(sum2);
        y[3] = Vector512.Sum(sum3);
    }

    private static float Rest<T>(float* x, T* w, int from, int length)
        where T : unmanaged, IElement<T> => from == length ? 0
        : Vector512.Sum(Vectors.Load((Float32Element*)x + from, length - from) * Vectors.Load(w + from, length - from));
}
