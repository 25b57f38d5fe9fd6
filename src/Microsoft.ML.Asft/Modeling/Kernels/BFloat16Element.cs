using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>A bfloat16 number: the upper half of a float32. It is rounded to nearest, ties to even, as in libtorch.</summary>
internal readonly unsafe struct BFloat16Element : IElement<BFloat16Element>
{
#pragma warning disable CS0169, IDE0044, IDE0051 // The field gives the element its size.
    private readonly ushort _bits;
#pragma warning restore CS0169, IDE0044, IDE0051

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(BFloat16Element* source) => Widen(Vector256.Load((ushort*)source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadFirst(BFloat16Element* source, int count, float fill)
    {
        if (!Avx512BW.VL.IsSupported)
        {
            return Vectors.LoadFirst(source, count, fill);
        }

        return Widen(Avx512BW.VL.MaskLoad((ushort*)source, First(count), Narrow(Vector512.Create(fill))));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(BFloat16Element* target, Vector512<float> values) => Narrow(values).Store((ushort*)target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(BFloat16Element* target, Vector512<float> values, int count)
    {
        if (Avx512BW.VL.IsSupported)
        {
            Avx512BW.VL.MaskStore((ushort*)target, First(count), Narrow(values));
        }
        else
        {
            Vectors.StoreFirst(target, values, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Widen(Vector256<ushort> bits)
    {
        var wide = Avx512F.IsSupported
            ? Avx512F.ConvertToVector512Int32(bits).AsUInt32()
            : Vector512.Create(Vector256.WidenLower(bits), Vector256.WidenUpper(bits));
        return (wide << 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> Narrow(Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512.Create(1u))) >> 16;
        rounded = Vector512.ConditionalSelect(Vector512.IsNaN(values).AsUInt32(), Vector512.Create(0x7FC0u), rounded);
        return Avx512F.IsSupported
            ? Avx512F.ConvertToVector256UInt16(rounded) : Vector256.Narrow(rounded.GetLower(), rounded.GetUpper());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<ushort> First(int count) => Vector256.LessThan(Vector256<ushort>.Indices, Vector256.Create((ushort)count));
}
