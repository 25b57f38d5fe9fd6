using System.Buffers.Binary;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Asft.Modeling.Storage;

/// <summary>
/// The format Q8_0 of llama.cpp, byte for byte: a block is 32 numbers, stored as a float16 scale and 32 signed bytes. The scale maps the largest
/// number to 127.
/// </summary>
internal static class Int8Blocks
{
    /// <summary>The number of values in a block.</summary>
    public const int Length = 32;

    /// <summary>The bytes of a block.</summary>
    public const int Bytes = sizeof(short) + Length;

    /// <summary>The largest number that can be stored. For a larger one the scale would not be finite.</summary>
    public const float MaxMagnitude = 65504f * sbyte.MaxValue;

    /// <summary>Quantizes whole blocks. The numbers are divided by the scale before it is rounded to float16, as in llama.cpp's quantize_row_q8_0_ref.</summary>
    /// <param name="values">The numbers, a multiple of <see cref="Length"/>. They are finite.</param>
    /// <param name="blocks">Receives <see cref="Bytes"/> for each block.</param>
    public static void Quantize(ReadOnlySpan<float> values, Span<byte> blocks)
    {
        Span<int> rounded = stackalloc int[Length];
        for (; !values.IsEmpty; values = values[Length..], blocks = blocks[Bytes..])
        {
            var block = values[..Length];
            float scale = MathF.Abs(TensorPrimitives.MaxMagnitude(block)) / sbyte.MaxValue;
            BinaryPrimitives.WriteHalfLittleEndian(blocks, (Half)scale);
            Round(block, scale == 0 ? 0 : 1 / scale, rounded);
            for (int i = 0; i < Length; i++)
            {
                blocks[sizeof(short) + i] = (byte)rounded[i];
            }
        }
    }

    // Rounds to nearest, halves away from zero. TensorPrimitives.Round of System.Numerics.Tensors 11.0 does the same, but one number at a time.
    private static void Round(ReadOnlySpan<float> values, float factor, Span<int> rounded)
    {
        var half = new Vector<float>(0.5f);
        for (int i = 0; i < Length; i += Vector<float>.Count)
        {
            var x = new Vector<float>(values[i..]) * factor;
            var whole = Vector.Truncate(x);
            var isFar = Vector.GreaterThanOrEqual(Vector.Abs(x - whole), half);
            var step = Vector.ConditionalSelect(isFar, Vector.CopySign(Vector<float>.One, x), Vector<float>.Zero);
            Vector.ConvertToInt32(whole + step).CopyTo(rounded[i..]);
        }
    }

    /// <summary>Converts a float16 number that is positive and finite. .NET 10 has no instruction for it, and its general conversion is slower.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToSingle(ushort half) =>
        BitConverter.UInt32BitsToSingle((uint)half << 13) * 5.192296858534828e33f;   // 2¹¹²: the difference between the exponents' biases
}
