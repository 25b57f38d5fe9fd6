using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>
/// The product of few rows with a weight, <c>y = x·Wᵀ</c>, as decoding needs it: all its time goes into reading W, once for all rows.
/// A row's result is, to the last bit, the same whatever rows are beside it: every sum adds up in the same order. Sums are float32.
/// </summary>
/// <remarks>
/// Four outputs are computed together, a quarter of the range apart. So a thread reads W at four distant places, and the processor fetches ahead at each of
/// them. With four adjacent rows of W it fetches only at one, and a thread reads half as many bytes a second (docs/performance.md).
/// </remarks>
internal static unsafe class RowProduct
{
    /// <summary>Computes some outputs of all rows.</summary>
    /// <param name="weight">W.</param>
    /// <param name="x">The rows, (rows, in).</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="y">Receives the outputs. Row r starts at <c>y + r·stride</c>.</param>
    /// <param name="stride">The distance between two rows of y.</param>
    /// <param name="from">The first output.</param>
    /// <param name="to">The output after the last one.</param>
    /// <param name="bits">The width of vectors, <see cref="VectorWidth.Bits"/> except in tests.</param>
    public static void Multiply(WeightMatrix weight, float* x, int rows, float* y, int stride, int from, int to, int bits)
    {
        if (weight.Format == WeightFormat.BFloat16)
        {
            Multiply((BFloat16Element*)weight.Data, weight.Inputs, x, rows, y, stride, from, to, bits);
        }
        else
        {
            Multiply((Float32Element*)weight.Data, weight.Inputs, x, rows, y, stride, from, to, bits);
        }
    }

    private static void Multiply<T>(T* weight, int inputs, float* x, int rows, float* y, int stride, int from, int to, int bits)
        where T : unmanaged, IElement<T>
    {
        // Rows shorter than a vector, as those of an adapter of low rank, use a narrower one.
        if (bits == 512 && inputs >= Lanes512.Count)
        {
            Multiply<Lanes512, Vector512<float>, T>(weight, inputs, x, rows, y, stride, from, to);
        }
        else if (bits >= 256 && inputs >= Lanes256.Count)
        {
            Multiply<Lanes256, Vector256<float>, T>(weight, inputs, x, rows, y, stride, from, to);
        }
        else
        {
            Multiply<Lanes128, Vector128<float>, T>(weight, inputs, x, rows, y, stride, from, to);
        }
    }

    private static void Multiply<TLanes, V, T>(T* weight, int inputs, float* x, int rows, float* y, int stride, int from, int to)
        where TLanes : ILanes<V>
        where V : unmanaged
        where T : unmanaged, IElement<T>
    {
        int quarter = (to - from) / 4;
        for (int o = from; o < from + quarter; o++)
        {
            T* w = weight + ((long)o * inputs);
            float* target = y + o;
            int row = 0;
            for (; TLanes.RowsAtOnce == 4 && row + 4 <= rows; row += 4)
            {
                FourByFour<TLanes, V, T>(x + ((long)row * inputs), w, target + ((long)row * stride), inputs, stride, quarter);
            }

            for (; row + 2 <= rows; row += 2)
            {
                TwoByFour<TLanes, V, T>(x + ((long)row * inputs), w, target + ((long)row * stride), inputs, stride, quarter);
            }

            if (row < rows)
            {
                OneByFour<TLanes, V, T>(x + ((long)row * inputs), w, target + ((long)row * stride), inputs, quarter);
            }
        }

        for (int o = from + (4 * quarter); o < to; o++)
        {
            for (int row = 0; row < rows; row++)
            {
                y[((long)row * stride) + o] = Dot<TLanes, V, T>(x + ((long)row * inputs), weight + ((long)o * inputs), inputs);
            }
        }
    }

    // Every product below adds up in the one order of Dot. Compiled well from the first call on: a short run would not see the second.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot<TLanes, V, T>(float* x, T* w, int length)
        where TLanes : ILanes<V>
        where V : unmanaged
        where T : unmanaged, IElement<T>
    {
        V sum = default;
        int i = 0;
        for (; i + TLanes.Count <= length; i += TLanes.Count)
        {
            sum = TLanes.MultiplyAdd(TLanes.Load(x + i), TLanes.LoadWeights(w + i), sum);
        }

        var four = TLanes.Fold(sum);
        return four[0] + four[1] + (four[2] + four[3]) + Rest(x, w, i, length);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByFour<TLanes, V, T>(float* x, T* w, float* y, int length, int quarter)
        where TLanes : ILanes<V>
        where V : unmanaged
        where T : unmanaged, IElement<T>
    {
        long distance = (long)quarter * length;
        T* w1 = w + distance, w2 = w1 + distance, w3 = w2 + distance;
        V s0 = default, s1 = default, s2 = default, s3 = default;
        int i = 0;
        for (; i + TLanes.Count <= length; i += TLanes.Count)
        {
            var u = TLanes.Load(x + i);
            s0 = TLanes.MultiplyAdd(u, TLanes.LoadWeights(w + i), s0);
            s1 = TLanes.MultiplyAdd(u, TLanes.LoadWeights(w1 + i), s1);
            s2 = TLanes.MultiplyAdd(u, TLanes.LoadWeights(w2 + i), s2);
            s3 = TLanes.MultiplyAdd(u, TLanes.LoadWeights(w3 + i), s3);
        }

        Store(TLanes.Fold(s0), TLanes.Fold(s1), TLanes.Fold(s2), TLanes.Fold(s3), y, quarter);
        AddRest(x, w, y, i, length, quarter);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TwoByFour<TLanes, V, T>(float* x, T* w, float* y, int length, int stride, int quarter)
        where TLanes : ILanes<V>
        where V : unmanaged
        where T : unmanaged, IElement<T>
    {
        float* x1 = x + length;
        long distance = (long)quarter * length;
        T* w1 = w + distance, w2 = w1 + distance, w3 = w2 + distance;
        V s0 = default, s1 = default, s2 = default, s3 = default, t0 = default, t1 = default, t2 = default, t3 = default;
        int i = 0;
        for (; i + TLanes.Count <= length; i += TLanes.Count)
        {
            V u = TLanes.Load(x + i), v = TLanes.Load(x1 + i);
            V a = TLanes.LoadWeights(w + i), b = TLanes.LoadWeights(w1 + i), c = TLanes.LoadWeights(w2 + i), d = TLanes.LoadWeights(w3 + i);
            s0 = TLanes.MultiplyAdd(u, a, s0);
            t0 = TLanes.MultiplyAdd(v, a, t0);
            s1 = TLanes.MultiplyAdd(u, b, s1);
            t1 = TLanes.MultiplyAdd(v, b, t1);
            s2 = TLanes.MultiplyAdd(u, c, s2);
            t2 = TLanes.MultiplyAdd(v, c, t2);
            s3 = TLanes.MultiplyAdd(u, d, s3);
            t3 = TLanes.MultiplyAdd(v, d, t3);
        }

        Store(TLanes.Fold(s0), TLanes.Fold(s1), TLanes.Fold(s2), TLanes.Fold(s3), y, quarter);
        Store(TLanes.Fold(t0), TLanes.Fold(t1), TLanes.Fold(t2), TLanes.Fold(t3), y + stride, quarter);
        AddRest(x, w, y, i, length, quarter);
        AddRest(x1, w, y + stride, i, length, quarter);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByFour<TLanes, V, T>(float* x, T* w, float* y, int length, int stride, int quarter)
        where TLanes : ILanes<V>
        where V : unmanaged
        where T : unmanaged, IElement<T>
    {
        float* x1 = x + length, x2 = x1 + length, x3 = x2 + length;
        long distance = (long)quarter * length;
        T* w1 = w + distance, w2 = w1 + distance, w3 = w2 + distance;
        V s0 = default, s1 = default, s2 = default, s3 = default, t0 = default, t1 = default, t2 = default, t3 = default;
        V p0 = default, p1 = default, p2 = default, p3 = default, q0 = default, q1 = default, q2 = default, q3 = default;
        int i = 0;
        for (; i + TLanes.Count <= length; i += TLanes.Count)
        {
            V a = TLanes.LoadWeights(w + i), b = TLanes.LoadWeights(w1 + i), c = TLanes.LoadWeights(w2 + i), d = TLanes.LoadWeights(w3 + i);
            var u = TLanes.Load(x + i);
            s0 = TLanes.MultiplyAdd(u, a, s0);
            s1 = TLanes.MultiplyAdd(u, b, s1);
            s2 = TLanes.MultiplyAdd(u, c, s2);
            s3 = TLanes.MultiplyAdd(u, d, s3);
            u = TLanes.Load(x1 + i);
            t0 = TLanes.MultiplyAdd(u, a, t0);
            t1 = TLanes.MultiplyAdd(u, b, t1);
            t2 = TLanes.MultiplyAdd(u, c, t2);
            t3 = TLanes.MultiplyAdd(u, d, t3);
            u = TLanes.Load(x2 + i);
            p0 = TLanes.MultiplyAdd(u, a, p0);
            p1 = TLanes.MultiplyAdd(u, b, p1);
            p2 = TLanes.MultiplyAdd(u, c, p2);
            p3 = TLanes.MultiplyAdd(u, d, p3);
            u = TLanes.Load(x3 + i);
            q0 = TLanes.MultiplyAdd(u, a, q0);
            q1 = TLanes.MultiplyAdd(u, b, q1);
            q2 = TLanes.MultiplyAdd(u, c, q2);
            q3 = TLanes.MultiplyAdd(u, d, q3);
        }

        Store(TLanes.Fold(s0), TLanes.Fold(s1), TLanes.Fold(s2), TLanes.Fold(s3), y, quarter);
        Store(TLanes.Fold(t0), TLanes.Fold(t1), TLanes.Fold(t2), TLanes.Fold(t3), y + stride, quarter);
        Store(TLanes.Fold(p0), TLanes.Fold(p1), TLanes.Fold(p2), TLanes.Fold(p3), y + (2L * stride), quarter);
        Store(TLanes.Fold(q0), TLanes.Fold(q1), TLanes.Fold(q2), TLanes.Fold(q3), y + (3L * stride), quarter);
        AddRest(x, w, y, i, length, quarter);
        AddRest(x1, w, y + stride, i, length, quarter);
        AddRest(x2, w, y + (2L * stride), i, length, quarter);
        AddRest(x3, w, y + (3L * stride), i, length, quarter);
    }

    /// <summary>Stores the sums of four vectors, each as (0 + 1) + (2 + 3), in numbers that are <paramref name="quarter"/> apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Store(Vector128<float> a, Vector128<float> b, Vector128<float> c, Vector128<float> d, float* y, long quarter)
    {
        var sums = Sse3.IsSupported
            ? Sse3.HorizontalAdd(Sse3.HorizontalAdd(a, b), Sse3.HorizontalAdd(c, d))
            : Vector128.Create(a[0] + a[1] + (a[2] + a[3]), b[0] + b[1] + (b[2] + b[3]), c[0] + c[1] + (c[2] + c[3]), d[0] + d[1] + (d[2] + d[3]));
        y[0] = sums[0];
        y[quarter] = sums[1];
        y[2 * quarter] = sums[2];
        y[3 * quarter] = sums[3];
    }

    private static void AddRest<T>(float* x, T* w, float* y, int from, int length, long quarter)
        where T : unmanaged, IElement<T>
    {
        for (int output = 0; from < length && output < 4; output++)
        {
            y[output * quarter] += Rest(x, w + (output * quarter * length), from, length);
        }
    }

    private static float Rest<T>(float* x, T* w, int from, int length)
        where T : unmanaged, IElement<T> => from == length ? 0 : RestOf(x, w, from, length);

    private static float RestOf<T>(float* x, T* w, int from, int length)
        where T : unmanaged, IElement<T>
    {
        float sum = 0;
        for (int i = from; i < length; i++)
        {
            sum += x[i] * (typeof(T) == typeof(Float32Element) ? ((float*)w)[i] : BitConverter.UInt32BitsToSingle((uint)((ushort*)w)[i] << 16));
        }

        return sum;
    }
}
