using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>
/// The projection of few rows, <c>y = x·Wᵀ + b</c>, as decoding needs it: all its time goes into reading W, once for all rows.
/// BLAS libraries lay W out anew for every product, which takes two to four times as long (docs/generation.md).
/// A row's result is, to the last bit, the same whatever rows are beside it.
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
        if (!FewRows.Are(input) || weight.dtype != ScalarType.Float32 || !weight.is_contiguous()
            || weight.NumberOfElements > int.MaxValue / sizeof(float))
        {
            return nn.functional.linear(input, weight, bias);
        }

        long[] shape = input.shape;
        int inputs = (int)shape[^1];
        int rows = (int)(input.NumberOfElements / inputs);
        using var x = input.contiguous();
        shape[^1] = weight.shape[0];
        var output = empty(shape);
        Multiply(FewRows.Pointer(x), FewRows.Pointer(weight), FewRows.Pointer(output), rows, inputs, (int)shape[^1]);
        return bias is null ? output : output.add_(bias);
    }

    private static void Multiply(float* x, float* weight, float* y, int rows, int inputs, int outputs)
    {
        int size = Math.Max(16, PartBytes / sizeof(float) / inputs) & ~3;
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
                float* w = weight + ((long)o * inputs);
                int row = 0;
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

    // Every product below adds up in the one order of Dot.
    private static float Dot(float* x, float* w, int length)
    {
        var sum = Vector512<float>.Zero;
        int i = 0;
        for (; i + Vector512<float>.Count <= length; i += Vector512<float>.Count)
        {
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(x + i), Vector512.Load(w + i), sum);
        }

        return Vector512.Sum(sum) + Rest(x, w, i, length);
    }

    private static void OneByFour(float* x, float* w, float* y, int length)
    {
        float* w1 = w + length, w2 = w1 + length, w3 = w2 + length;
        Vector512<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        int i = 0;
        for (; i + Vector512<float>.Count <= length; i += Vector512<float>.Count)
        {
            var a = Vector512.Load(x + i);
            sum0 = Vector512.FusedMultiplyAdd(a, Vector512.Load(w + i), sum0);
            sum1 = Vector512.FusedMultiplyAdd(a, Vector512.Load(w1 + i), sum1);
            sum2 = Vector512.FusedMultiplyAdd(a, Vector512.Load(w2 + i), sum2);
            sum3 = Vector512.FusedMultiplyAdd(a, Vector512.Load(w3 + i), sum3);
        }

        y[0] = Vector512.Sum(sum0) + Rest(x, w, i, length);
        y[1] = Vector512.Sum(sum1) + Rest(x, w1, i, length);
        y[2] = Vector512.Sum(sum2) + Rest(x, w2, i, length);
        y[3] = Vector512.Sum(sum3) + Rest(x, w3, i, length);
    }

    private static void TwoByFour(float* x, float* w, float* y, int length, int stride)
    {
        float* x1 = x + length, w1 = w + length, w2 = w1 + length, w3 = w2 + length;
        Vector512<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
        Vector512<float> sum4 = default, sum5 = default, sum6 = default, sum7 = default;
        int i = 0;
        for (; i + Vector512<float>.Count <= length; i += Vector512<float>.Count)
        {
            var (a, b) = (Vector512.Load(x + i), Vector512.Load(x1 + i));
            var (u0, u1, u2, u3) = (Vector512.Load(w + i), Vector512.Load(w1 + i), Vector512.Load(w2 + i), Vector512.Load(w3 + i));
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

    private static float Rest(float* x, float* w, int from, int length)
    {
        float sum = 0;
        for (int i = from; i < length; i++)
        {
            sum = MathF.FusedMultiplyAdd(x[i], w[i], sum);
        }

        return sum;
    }
}
