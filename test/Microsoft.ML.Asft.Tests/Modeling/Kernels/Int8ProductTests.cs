using Microsoft.ML.Asft.Modeling.Kernels;

namespace Microsoft.ML.Asft.Tests.Modeling.Kernels;

/// <summary>Products with blocks of Q8_0 in each width of vectors that the processor supports.</summary>
public unsafe class Int8ProductTests
{
    private const int Rows = 7;
    private const int Inputs = 96;
    private const int Outputs = 22;

    public static TheoryData<int> Widths => [.. new[] { 128, 256, 512 }.Where(bits => bits <= VectorWidth.Bits)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void It_is_the_sum_of_the_integers_products_with_the_scales(int bits)
    {
        var (blocks, x, values, scales) = Data();
        float[] found = Multiply(blocks, values, scales, bits);
        for (int row = 0; row < Rows; row++)
        {
            for (int o = 0; o < Outputs; o++)
            {
                double exact = 0, real = 0;
                for (int i = 0; i < Inputs; i++)
                {
                    int block = ((o * Inputs) + i) / 32 * 34;
                    double w = (double)BitConverter.ToHalf(blocks, block) * (sbyte)blocks[block + 2 + (i % 32)];
                    exact += w * values[(row * Inputs) + i] * scales[((row * Inputs) + i) / 32];
                    real += w * x[(row * Inputs) + i];
                }

                Assert.Equal(exact, found[(row * Outputs) + o], 1e-4 * Math.Max(1, Math.Abs(exact)));
                Assert.Equal(real, found[(row * Outputs) + o], 0.5);        // what 8 bits of the activations cost; the sums' deviation is about 10
            }
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void A_row_is_the_same_to_the_last_bit_whatever_is_beside_it(int bits)
    {
        var (blocks, _, values, scales) = Data();
        float[] all = Multiply(blocks, values, scales, bits);
        for (int row = 0; row < Rows; row++)
        {
            Assert.Equal(
                all[(row * Outputs)..((row + 1) * Outputs)],
                Multiply(blocks, values[(row * Inputs)..((row + 1) * Inputs)], scales[(row * Inputs / 32)..((row + 1) * Inputs / 32)], bits));
        }
    }

    [Fact]
    public void Numbers_are_rounded_to_the_nearest_of_127_steps()
    {
        float[] x = new float[64];
        (x[0], x[1], x[2], x[31]) = (-254, 3, 2.9f, 127);
        short[] values = new short[64];
        float[] scales = new float[2];
        Quantize(x, values, scales);
        Assert.Equal([2f, 0], scales);
        Assert.Equal([-127, 2, 1, 64], new[] { values[0], values[1], values[2], values[31] });
        Assert.All(values[32..], value => Assert.Equal(0, value));
    }

    private static (byte[] Blocks, float[] X, short[] Values, float[] Scales) Data()
    {
        var random = new Random(5);
        byte[] blocks = new byte[Outputs * Inputs / 32 * 34];
        for (int at = 0; at < blocks.Length; at += 34)
        {
            // From the smallest float16 numbers to larger ones.
            BitConverter.TryWriteBytes(blocks.AsSpan(at), at == 0 ? Half.Epsilon : (Half)(random.NextDouble() / 32));
            for (int i = 0; i < 32; i++)
            {
                blocks[at + 2 + i] = (byte)(sbyte)random.Next(-127, 128);
            }
        }

        float[] x = [.. Enumerable.Range(0, Rows * Inputs).Select(_ => (float)((random.NextDouble() * 2) - 1))];
        short[] values = new short[x.Length];
        float[] scales = new float[x.Length / 32];
        Quantize(x, values, scales);
        return (blocks, x, values, scales);
    }

    private static void Quantize(float[] x, short[] values, float[] scales)
    {
        fixed (float* source = x, s = scales)
        fixed (short* v = values)
        {
            new Int8Rows(v, s).Quantize(source, x.Length);
        }
    }

    private static float[] Multiply(byte[] blocks, short[] values, float[] scales, int bits)
    {
        float[] y = new float[values.Length / Inputs * Outputs];
        fixed (byte* w = blocks)
        fixed (short* v = values)
        fixed (float* s = scales, target = y)
        {
            Int8Product.Multiply(w, Inputs, new Int8Rows(v, s), values.Length / Inputs, target, Outputs, 0, Outputs, bits);
        }

        return y;
    }
}
