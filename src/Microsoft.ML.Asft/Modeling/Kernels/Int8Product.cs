using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Microsoft.ML.Asft.Modeling.Storage;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>
/// The product of few rows with a weight in <see cref="Int8Blocks"/>. The 32 products of a block are added
/// as integers, exactly; blocks are added in float32, in the same order for every row, whatever rows are beside it.
/// </summary>
/// <remarks>
/// It multiplies 16-bit numbers (<c>vpmaddwd</c>). .NET 10 has the instructions for 8 bits (VNNI) only for 256 bits on processors without AVX10, so that one instruction
/// multiplies as many numbers. W is read at four distant places, as in <see cref="RowProduct"/>.
/// </remarks>
internal static unsafe class Int8Product
{
    /// <summary>Computes some outputs of all rows.</summary>
    /// <param name="weight">The blocks of W (out, in), row after row.</param>
    /// <param name="inputs">The number of inputs, a multiple of 32.</param>
    /// <param name="x">The rows, (rows, in).</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="y">Receives the outputs. Row r starts at <c>y + r·stride</c>.</param>
    /// <param name="stride">The distance between two rows of y.</param>
    /// <param name="from">The first output.</param>
    /// <param name="to">The output after the last one.</param>
    /// <param name="bits">The width of vectors, <see cref="VectorWidth.Bits"/> except in tests.</param>
    public static void Multiply(byte* weight, int inputs, Int8Rows x, int rows, float* y, int stride, int from, int to, int bits)
    {
        switch (bits)
        {
            case 512:
                Multiply<Lanes512, Vector512<float>>(weight, inputs, x, rows, y, stride, from, to);
                break;
            case 256:
                Multiply<Lanes256, Vector256<float>>(weight, inputs, x, rows, y, stride, from, to);
                break;
            default:
                Multiply<Lanes128, Vector128<float>>(weight, inputs, x, rows, y, stride, from, to);
                break;
        }
    }

    private static void Multiply<TLanes, V>(byte* weight, int inputs, Int8Rows x, int rows, float* y, int stride, int from, int to)
        where TLanes : ILanes<V>
        where V : unmanaged
    {
        int blocks = inputs / Int8Blocks.Length;
        long rowBytes = (long)blocks * Int8Blocks.Bytes;
        short* values = x.Values;
        float* scales = x.Scales;
        int quarter = (to - from) / 4;
        for (int o = from; o < from + quarter; o++)
        {
            byte* w = weight + (o * rowBytes);
            int row = 0;
            for (; TLanes.RowsAtOnce == 4 && row + 4 <= rows; row += 4)
            {
                FourByFour<TLanes, V>(values + ((long)row * inputs), scales + ((long)row * blocks), w, y + ((long)row * stride) + o, blocks, stride, quarter);
            }

            for (; row < rows; row++)
            {
                OneByFour<TLanes, V>(values + ((long)row * inputs), scales + ((long)row * blocks), w, y + ((long)row * stride) + o, blocks, quarter);
            }
        }

        for (int o = from + (4 * quarter); o < to; o++)
        {
            for (int row = 0; row < rows; row++)
            {
                y[((long)row * stride) + o] = Dot<TLanes, V>(
                    values + ((long)row * inputs), scales + ((long)row * blocks), weight + (o * rowBytes), blocks);
            }
        }
    }

    // Every product below adds up in the one order of Dot.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot<TLanes, V>(short* x, float* scales, byte* w, int blocks)
        where TLanes : ILanes<V>
        where V : unmanaged
    {
        V sum = default;
        for (int b = 0; b < blocks; b++, w += Int8Blocks.Bytes, x += Int8Blocks.Length)
        {
            sum = TLanes.AddBlock(w, x, TLanes.Create(scales[b]), sum);
        }

        var four = TLanes.Fold(sum);
        return four[0] + four[1] + (four[2] + four[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByFour<TLanes, V>(short* x, float* scales, byte* w, float* y, int blocks, int quarter)
        where TLanes : ILanes<V>
        where V : unmanaged
    {
        long distance = (long)quarter * blocks * Int8Blocks.Bytes;
        byte* w1 = w + distance, w2 = w1 + distance, w3 = w2 + distance;
        V s0 = default, s1 = default, s2 = default, s3 = default;
        for (long b = 0, at = 0; b < blocks; b++, at += Int8Blocks.Bytes, x += Int8Blocks.Length)
        {
            var scale = TLanes.Create(scales[b]);
            s0 = TLanes.AddBlock(w + at, x, scale, s0);
            s1 = TLanes.AddBlock(w1 + at, x, scale, s1);
            s2 = TLanes.AddBlock(w2 + at, x, scale, s2);
            s3 = TLanes.AddBlock(w3 + at, x, scale, s3);
        }

        RowProduct.Store(TLanes.Fold(s0), TLanes.Fold(s1), TLanes.Fold(s2), TLanes.Fold(s3), y, quarter);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByFour<TLanes, V>(short* x, float* scales, byte* w, float* y, int blocks, int stride, int quarter)
        where TLanes : ILanes<V>
        where V : unmanaged
    {
        long distance = (long)quarter * blocks * Int8Blocks.Bytes;
        byte* w1 = w + distance, w2 = w1 + distance, w3 = w2 + distance;
        long inputs = (long)blocks * Int8Blocks.Length;
        short* x1 = x + inputs, x2 = x1 + inputs, x3 = x2 + inputs;
        V s0 = default, s1 = default, s2 = default, s3 = default, t0 = default, t1 = default, t2 = default, t3 = default;
        V p0 = default, p1 = default, p2 = default, p3 = default, q0 = default, q1 = default, q2 = default, q3 = default;
        for (long b = 0, at = 0, i = 0; b < blocks; b++, at += Int8Blocks.Bytes, i += Int8Blocks.Length)
        {
            V u = TLanes.Create(scales[b]), v = TLanes.Create(scales[b + blocks]);
            V c = TLanes.Create(scales[b + (2L * blocks)]), d = TLanes.Create(scales[b + (3L * blocks)]);
            s0 = TLanes.AddBlock(w + at, x + i, u, s0);
            t0 = TLanes.AddBlock(w + at, x1 + i, v, t0);
            p0 = TLanes.AddBlock(w + at, x2 + i, c, p0);
            q0 = TLanes.AddBlock(w + at, x3 + i, d, q0);
            s1 = TLanes.AddBlock(w1 + at, x + i, u, s1);
            t1 = TLanes.AddBlock(w1 + at, x1 + i, v, t1);
            p1 = TLanes.AddBlock(w1 + at, x2 + i, c, p1);
            q1 = TLanes.AddBlock(w1 + at, x3 + i, d, q1);
            s2 = TLanes.AddBlock(w2 + at, x + i, u, s2);
            t2 = TLanes.AddBlock(w2 + at, x1 + i, v, t2);
            p2 = TLanes.AddBlock(w2 + at, x2 + i, c, p2);
            q2 = TLanes.AddBlock(w2 + at, x3 + i, d, q2);
            s3 = TLanes.AddBlock(w3 + at, x + i, u, s3);
            t3 = TLanes.AddBlock(w3 + at, x1 + i, v, t3);
            p3 = TLanes.AddBlock(w3 + at, x2 + i, c, p3);
            q3 = TLanes.AddBlock(w3 + at, x3 + i, d, q3);
        }

        RowProduct.Store(TLanes.Fold(s0), TLanes.Fold(s1), TLanes.Fold(s2), TLanes.Fold(s3), y, quarter);
        RowProduct.Store(TLanes.Fold(t0), TLanes.Fold(t1), TLanes.Fold(t2), TLanes.Fold(t3), y + stride, quarter);
        RowProduct.Store(TLanes.Fold(p0), TLanes.Fold(p1), TLanes.Fold(p2), TLanes.Fold(p3), y + (2L * stride), quarter);
        RowProduct.Store(TLanes.Fold(q0), TLanes.Fold(q1), TLanes.Fold(q2), TLanes.Fold(q3), y + (3L * stride), quarter);
    }
}
