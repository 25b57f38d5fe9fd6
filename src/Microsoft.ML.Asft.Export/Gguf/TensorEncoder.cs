using System.Buffers;
using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.Win32.SafeHandles;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>Writes weights in the formats of GGUF. Each processor encodes parts and writes them to their places in the file, while they are in its cache.</summary>
internal static class TensorEncoder
{
    // Numbers that a thread encodes and writes at once; a multiple of every block's length.
    private const int PartLength = 1 << 18;

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

    /// <summary>Writes a tensor's data at a file's position.</summary>
    /// <exception cref="NotSupportedException">A number is not finite or too large for the type.</exception>
    public static void Write(FileStream file, GgufTensor tensor)
    {
        long offset = file.Position;
        foreach (var part in tensor.Parts)
        {
            offset += Write(file.SafeFileHandle, offset, part, tensor.Type);
        }

        file.Position = offset;
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
                EncodeBFloat16(MemoryMarshal.Cast<float, uint>(values), MemoryMarshal.Cast<byte, ushort>(bytes));
                break;
            default:
                Int8Blocks.Quantize(values, bytes);
                break;
        }
    }

    private static long Size(long count, GgufType type) => count / BlockLength(type) * BlockSize(type);

    private static long Write(SafeFileHandle file, long offset, LazyTensor source, GgufType type)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var flat = source.Read().detach().cpu().contiguous().view(-1);
        long count = flat.NumberOfElements;
        try
        {
            Parallel.For(0, (count + PartLength - 1) / PartLength, part =>
            {
                long start = part * PartLength;
                using var values = flat.narrow(0, start, Math.Min(PartLength, count - start));
                WritePart(file, offset + Size(start, type), values, source.Name, type);
            });
        }
        catch (AggregateException e) when (e.InnerException is not null)
        {
            ExceptionDispatchInfo.Throw(e.InnerException);
        }

        return Size(count, type);
    }

    private static void WritePart(SafeFileHandle file, long offset, Tensor values, string name, GgufType type)
    {
        if (values.dtype == DTypeOf(type))
        {
            EncodePart(values, name, type, []);
            RandomAccess.Write(file, values.bytes, offset);
            return;
        }

        int size = (int)Size(values.NumberOfElements, type);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(size);
        EncodePart(values, name, type, buffer);
        RandomAccess.Write(file, buffer.AsSpan(0, size), offset);
        ArrayPool<byte>.Shared.Return(buffer);
    }

    private static ScalarType? DTypeOf(GgufType type) => type switch
    {
        GgufType.Float32 => ScalarType.Float32,
        GgufType.BFloat16 => ScalarType.BFloat16,
        _ => null,
    };

    // Without memory for the result it only checks the numbers, which already have the right format.
    private static void EncodePart(Tensor values, string name, GgufType type, Span<byte> bytes)
    {
        if (values.dtype == ScalarType.BFloat16)
        {
            EncodePart(MemoryMarshal.Cast<byte, ushort>(values.bytes), name, type, bytes);
            return;
        }

        using var converted = values.dtype == ScalarType.Float32 ? null : values.to_type(ScalarType.Float32);
        EncodePart(MemoryMarshal.Cast<byte, float>((converted ?? values).bytes), name, type, bytes);
    }

    private static void EncodePart(ReadOnlySpan<float> values, string name, GgufType type, Span<byte> bytes)
    {
        CheckRange(TensorPrimitives.MaxMagnitude(values), name, type);
        if (!bytes.IsEmpty)
        {
            Encode(values, type, bytes);
        }
    }

    private static void EncodePart(ReadOnlySpan<ushort> values, string name, GgufType type, Span<byte> bytes)
    {
        if (type == GgufType.BFloat16)
        {
            CheckRange(LargestBFloat16(values), name, type);
            return;
        }

        float[] floats = ArrayPool<float>.Shared.Rent(values.Length);
        DecodeBFloat16(values, MemoryMarshal.Cast<float, uint>(floats.AsSpan()));
        EncodePart(floats.AsSpan(0, values.Length), name, type, bytes);
        ArrayPool<float>.Shared.Return(floats);
    }

    private static void CheckRange(float largest, string name, GgufType type)
    {
        if (!float.IsFinite(largest))
        {
            throw new NotSupportedException(
                $"The tensor '{name}' has numbers that are not finite. The model is broken: train it again with a lower learning rate.");
        }

        if (type == GgufType.Float16 && MathF.Abs(largest) > (float)Half.MaxValue)
        {
            throw new NotSupportedException($"The tensor '{name}' has {largest}, but F16 ends at {Half.MaxValue}. Write the model as BF16.");
        }
    }

    // Round to nearest, ties to even. A bfloat16 number is the upper half of a float32 number.
    private static void EncodeBFloat16(ReadOnlySpan<uint> values, Span<ushort> result)
    {
        int i = 0;
        for (; i + (2 * Vector<uint>.Count) <= values.Length; i += 2 * Vector<uint>.Count)
        {
            var (low, high) = (new Vector<uint>(values[i..]), new Vector<uint>(values[(i + Vector<uint>.Count)..]));
            Vector.Narrow(Rounded(low), Rounded(high)).CopyTo(result[i..]);
        }

        for (; i < values.Length; i++)
        {
            result[i] = (ushort)((values[i] + 0x7FFF + ((values[i] >> 16) & 1)) >> 16);
        }

        static Vector<uint> Rounded(Vector<uint> bits) => (bits + new Vector<uint>(0x7FFF) + ((bits >>> 16) & Vector<uint>.One)) >>> 16;
    }

    private static void DecodeBFloat16(ReadOnlySpan<ushort> values, Span<uint> result)
    {
        int i = 0;
        for (; i + Vector<ushort>.Count <= values.Length; i += Vector<ushort>.Count)
        {
            Vector.Widen(new Vector<ushort>(values[i..]), out var low, out var high);
            (low << 16).CopyTo(result[i..]);
            (high << 16).CopyTo(result[(i + Vector<uint>.Count)..]);
        }

        for (; i < values.Length; i++)
        {
            result[i] = (uint)values[i] << 16;
        }
    }

    // Without the sign, bits of larger numbers are larger, and those of infinity and NaN the largest. As signed bits, the largest are those of a
    // positive number if there is one; as unsigned bits, those of a negative number if there is one.
    private static float LargestBFloat16(ReadOnlySpan<ushort> values)
    {
        int bits = Math.Max(TensorPrimitives.Max(MemoryMarshal.Cast<ushort, short>(values)), TensorPrimitives.Max(values) & 0x7FFF);
        return BitConverter.Int32BitsToSingle(bits << 16);
    }
}
