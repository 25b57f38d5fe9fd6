using System.Numerics;
using System.Numerics.Tensors;

namespace Microsoft.ML.Asft.Modeling.Storage;

/// <summary>
/// NormalFloat with 4 bits (QLoRA, arXiv 2305.14314, §3 and appendix E). A block is 64 numbers. It is divided by the largest magnitude in it, and each number
/// becomes the nearest of 16 levels, which are quantiles of a normal distribution. Two numbers share a byte, with the first one in the upper half.
/// </summary>
internal static class Nf4Blocks
{
    /// <summary>The number of values in a block.</summary>
    public const int Length = 64;

    /// <summary>The bytes of a block's codes. Its scale is stored apart.</summary>
    public const int Bytes = Length / 2;

    private static readonly float[] Thresholds = [.. Enumerable.Range(0, Levels.Length - 1).Select(i => (float)(((double)Levels[i] + Levels[i + 1]) / 2))];

    /// <summary>Gets the 16 levels.</summary>
    public static ReadOnlySpan<float> Levels =>
    [
        -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f,
        -0.09105003625154495f, 0.0f, 0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f,
        0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f,
    ];

    /// <summary>Quantizes whole blocks.</summary>
    /// <param name="values">The numbers, a multiple of <see cref="Length"/>. They are finite.</param>
    /// <param name="codes">Receives <see cref="Bytes"/> for each block.</param>
    /// <param name="scales">Receives the largest magnitude of each block.</param>
    public static void Quantize(ReadOnlySpan<float> values, Span<byte> codes, Span<float> scales)
    {
        Span<float> levels = stackalloc float[Length];
        for (int block = 0; block < scales.Length; block++)
        {
            var own = values.Slice(block * Length, Length);
            float scale = scales[block] = MathF.Abs(TensorPrimitives.MaxMagnitude(own));
            NearestLevels(own, scale == 0 ? 1 : scale, levels);
            var bytes = codes.Slice(block * Bytes, Bytes);
            for (int i = 0; i < Bytes; i++)
            {
                bytes[i] = (byte)(((int)levels[2 * i] << 4) | (int)levels[(2 * i) + 1]);
            }
        }
    }

    // The number of a level is the number of thresholds below.
    private static void NearestLevels(ReadOnlySpan<float> values, float scale, Span<float> levels)
    {
        for (int i = 0; i < Length; i += Vector<float>.Count)
        {
            var x = new Vector<float>(values[i..]) / new Vector<float>(scale);
            var level = Vector<float>.Zero;
            foreach (float threshold in Thresholds)
            {
                level += Vector.ConditionalSelect(Vector.GreaterThan(x, new Vector<float>(threshold)), Vector<float>.One, Vector<float>.Zero);
            }

            level.CopyTo(levels[i..]);
        }
    }
}
