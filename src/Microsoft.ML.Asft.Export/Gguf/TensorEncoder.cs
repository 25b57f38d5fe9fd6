using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.Asft.Modeling.Storage;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>Writes float32 numbers in the formats of GGUF, a piece at a time.</summary>
internal static class TensorEncoder
{
    private const int PieceLength = 1 << 20;  // numbers; a multiple of every block's length

    /// <summary>Gets the number of values in a block.</summary>
    public static int BlockLength(GgufType type) => type == GgufType.Q8_0 ? Int8Blocks.Length : 1;

    /// <summary>Gets the bytes of a block.</summary>
    public static int BlockSize(GgufType type) => type switch
    {
        GgufType.Float32 => sizeof(float),
        GgufType.Float16 or GgufType.BFloat16 => sizeof(short),
        GgufType.Q8_0 => Int8Blocks.Bytes,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "This type of GGUF is not supported."),
    };

    /// <summary>Writes a tensor's data.</summary>
    /// <exception cref="NotSupportedException">A number is not finite or too large for the type.</exception>
    public static void Write(Stream stream, GgufTensor tensor)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var flat = tensor.Source.Read().detach().cpu().contiguous().view(-1);
        byte[] buffer = new byte[PieceLength / BlockLength(tensor.Type) * BlockSize(tensor.Type)];
        for (long start = 0, count = flat.NumberOfElements; start < count; start += PieceLength)
        {
            using var piece = flat.narrow(0, start, Math.Min(PieceLength, count - start)).to_type(ScalarType.Float32);
            var values = MemoryMarshal.Cast<byte, float>(piece.bytes);
            CheckRange(values, tensor);
            int written = values.Length / BlockLength(tensor.Type) * BlockSize(tensor.Type);
            Encode(values, tensor.Type, buffer.AsSpan(0, written));
            stream.Write(buffer.AsSpan(0, written));
        }
    }

    /// <summary>Encodes numbers; their count is a multiple of the block's length.</summary>
    public static void Encode(ReadOnlySpan<float> values, GgufType type, Span<byte> bytes)
    {
        switch (type)
        {
            case GgufType.Float32:
                MemoryMarshal.AsBytes(values).CopyTo(bytes);
                break;
            case GgufType.Float16:
                TensorPrimitives.ConvertToHalf(values, MemoryMarshal.Cast<byte, Half>(bytes));
                break;
            case GgufType.BFloat16:
                EncodeBFloat16(values, MemoryMarshal.Cast<byte, ushort>(bytes));
                break;
            default:
                Int8Blocks.Quantize(values, bytes);
                break;
        }
    }

    private static void CheckRange(ReadOnlySpan<float> values, GgufTensor tensor)
    {
        float largest = TensorPrimitives.MaxMagnitude(values);
        if (!float.IsFinite(largest))
        {
            throw new NotSupportedException(
                $"The tensor '{tensor.Source.Name}' has numbers that are not finite. The model is broken: train it again with a lower learning rate.");
        }

        if (tensor.Type == GgufType.Float16 && MathF.Abs(largest) > (float)Half.MaxValue)
        {
            throw new NotSupportedException(
                $"The tensor '{tensor.Source.Name}' has {largest}, but F16 ends at {Half.MaxValue}. Write the model as BF16.");
        }
    }

    // Round to nearest, ties to even.
    private static void EncodeBFloat16(ReadOnlySpan<float> values, Span<ushort> result)
    {
        for (int i = 0; i < values.Length; i++)
        {
            uint bits = BitConverter.SingleToUInt32Bits(values[i]);
            result[i] = (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }
    }
}
