using System.Numerics.Tensors;

namespace Microsoft.ML.Asft.Modeling.Storage;

/// <summary>
/// Double quantization (QLoRA, arXiv 2305.14314, §3): the scales of blocks are stored with 8 bits instead of 32. Their mean is subtracted first, because they
/// are all positive. A group of 256 is divided by its largest magnitude, and each becomes the nearest of 256 levels of the dynamic 8-bit
/// format (arXiv 1511.04561, as in bitsandbytes).
/// </summary>
internal static class DynamicScales
{
    /// <summary>The number of scales that share a float32 number.</summary>
    public const int GroupLength = 256;

    private const int MaxExponent = 7;

    private static readonly float[] AllLevels = CreateLevels();

    /// <summary>Gets the 256 levels, in ascending order.</summary>
    public static ReadOnlySpan<float> Levels => AllLevels;

    /// <summary>Quantizes scales.</summary>
    /// <param name="scales">The scales. They are overwritten.</param>
    /// <param name="codes">Receives the number of each scale's level.</param>
    /// <param name="groups">Receives the largest magnitude of each group.</param>
    /// <returns>The mean of the scales.</returns>
    public static float Quantize(Span<float> scales, Span<byte> codes, Span<float> groups)
    {
        double sum = 0;
        foreach (float scale in scales)
        {
            sum += scale;
        }

        float mean = (float)(sum / scales.Length);
        TensorPrimitives.Subtract(scales, mean, scales);
        for (int group = 0; group < groups.Length; group++)
        {
            int start = group * GroupLength;
            var own = scales[start..Math.Min(scales.Length, start + GroupLength)];
            float largest = groups[group] = MathF.Abs(TensorPrimitives.MaxMagnitude(own));
            for (int i = 0; i < own.Length; i++)
            {
                codes[start + i] = Nearest(own[i] / (largest == 0 ? 1 : largest));
            }
        }

        return mean;
    }

    private static byte Nearest(float value)
    {
        int found = Array.BinarySearch(AllLevels, value);
        if (found >= 0)
        {
            return (byte)found;
        }

        int above = Math.Clamp(~found, 1, AllLevels.Length - 1);
        return (byte)(AllLevels[above] - value < value - AllLevels[above - 1] ? above : above - 1);
    }

    // A sign, an exponent of 10 in unary, and a fraction with the bits that are left: the centres of equal parts of 0.1 to 1.
    private static float[] CreateLevels()
    {
        var levels = new List<float> { 0, 1 };
        for (int exponent = 0; exponent < MaxExponent; exponent++)
        {
            int parts = 1 << exponent;
            for (int part = 0; part < parts; part++)
            {
                double centre = 0.1 + (0.9 * (part + 0.5) / parts);
                float level = (float)(Math.Pow(10, exponent - MaxExponent + 1) * centre);
                levels.AddRange([level, -level]);
            }
        }

        return [.. levels.Order()];
    }
}
