using System.Runtime.Intrinsics;
using Microsoft.ML.Asft.Modeling.Storage;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>
/// Rows of activations in 8 bits, as inputs of <see cref="Int8Product"/>: each 32 numbers have a scale that maps the largest to 127, as llama.cpp
/// does it for products with Q8_0. The numbers are stored as 16 bits, which products need.
/// </summary>
/// <param name="values">The numbers, −127 to 127, (rows, in).</param>
/// <param name="scales">The scales, (rows, in / 32).</param>
internal readonly unsafe struct Int8Rows(short* values, float* scales)
{
    public short* Values => values;

    public float* Scales => scales;

    /// <summary>Quantizes numbers, rounded to nearest.</summary>
    /// <param name="x">The numbers. They are finite.</param>
    /// <param name="count">The number of numbers, a multiple of <see cref="Int8Blocks.Length"/>.</param>
    public void Quantize(float* x, long count)
    {
        for (long i = 0; i < count; i += Int8Blocks.Length)
        {
            Vector512<float> low = Vector512.Load(x + i), high = Vector512.Load(x + i + 16);
            float scale = Vectors.Max(Vector512.Max(Vector512.Abs(low), Vector512.Abs(high))) / sbyte.MaxValue;
            var inverse = Vector512.Create(scale == 0 ? 0 : 1 / scale);
            var (first, second) = (Vector512.ConvertToInt32(Vector512.Round(low * inverse)), Vector512.ConvertToInt32(Vector512.Round(high * inverse)));
            Vector512.Narrow(first, second).Store(values + i);
            scales[i / Int8Blocks.Length] = scale;
        }
    }
}
