using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>A product of a decoding step, <c>y = x·Wᵀ</c>, whose outputs several threads divide.</summary>
/// <param name="weight">W.</param>
/// <param name="x">The rows, (rows, in).</param>
/// <param name="y">Receives the outputs.</param>
/// <param name="stride">The distance between two rows of y.</param>
internal readonly unsafe struct DecodeProduct(WeightMatrix weight, float* x, float* y, int stride)
{
    // A thread reads fastest in long parts. With several parts a thread, a thread that another program holds up does not delay the others for long.
    private const int PartsPerThread = 2;
    private const long MinPartBytes = 1 << 16;
    private const long MaxPartBytes = 1 << 21;

    /// <summary>Gets the rows in 8 bits, which a weight in 8 bits needs instead of x.</summary>
    public Int8Rows Int8 { get; init; }

    private long Bytes => (long)weight.Outputs * weight.RowBytes;

    /// <summary>Computes products that do not depend on each other.</summary>
    public static void Run(IReadOnlyList<DecodeProduct> products, int rows)
    {
        long bytes = products.Sum(product => product.Bytes) / (PartsPerThread * get_num_threads());
        long partBytes = Math.Clamp(bytes, MinPartBytes, MaxPartBytes);
        int count = products.Sum(product => product.PartsOf(partBytes));
        if (count == 1)
        {
            products[0].Compute(0, partBytes, rows);
        }
        else if (count > 1)
        {
            ProcessorTeam.Shared.Run(count, part =>
            {
                int i = 0;
                for (; part >= products[i].PartsOf(partBytes); i++)
                {
                    part -= products[i].PartsOf(partBytes);
                }

                products[i].Compute(part, partBytes, rows);
            });
        }
    }

    private int PartsOf(long partBytes) => (int)((Bytes + partBytes - 1) / partBytes);

    // Parts have nearly the same length, a multiple of four except in the last one.
    private void Compute(int part, long partBytes, int rows)
    {
        int parts = PartsOf(partBytes);
        int length = (((weight.Outputs + parts - 1) / parts) + 3) & ~3;
        int from = Math.Min(weight.Outputs, part * length);
        int to = Math.Min(weight.Outputs, from + length);
        if (weight.Format == WeightFormat.Int8)
        {
            Int8Product.Multiply((byte*)weight.Data, weight.Inputs, Int8, rows, y, stride, from, to, VectorWidth.Bits);
        }
        else
        {
            RowProduct.Multiply(weight, x, rows, y, stride, from, to, VectorWidth.Bits);
        }
    }
}
