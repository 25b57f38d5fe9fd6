using Microsoft.ML.Asft.Modeling.Kernels;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>A product of a decoding step, <c>y = x·Wᵀ</c>, whose outputs several threads divide.</summary>
/// <param name="weight">W.</param>
/// <param name="x">The rows, (rows, in).</param>
/// <param name="y">Receives the outputs.</param>
/// <param name="stride">The distance between two rows of y.</param>
internal readonly unsafe struct DecodeProduct(WeightMatrix weight, float* x, float* y, int stride)
{
    // The bytes of a weight that a thread reads before it asks for more work.
    private const int PartBytes = 1 << 17;

    /// <summary>Gets the rows in 8 bits, which a weight in 8 bits needs instead of x.</summary>
    public Int8Rows Int8 { get; init; }

    private int PartLength => Math.Max(16, (PartBytes / weight.RowBytes) & ~3);

    private int Parts => (weight.Outputs + PartLength - 1) / PartLength;

    /// <summary>Computes products that do not depend on each other.</summary>
    public static void Run(IReadOnlyList<DecodeProduct> products, int rows)
    {
        int count = products.Sum(product => product.Parts);
        if (count == 1)
        {
            products[0].Compute(0, rows);
        }
        else if (count > 1)
        {
            ProcessorTeam.Shared.Run(count, part =>
            {
                int i = 0;
                for (; part >= products[i].Parts; i++)
                {
                    part -= products[i].Parts;
                }

                products[i].Compute(part, rows);
            });
        }
    }

    private void Compute(int part, int rows)
    {
        int from = part * PartLength;
        int to = Math.Min(weight.Outputs, from + PartLength);
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
