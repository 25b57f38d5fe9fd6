using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>bfloat16: the upper half of a float32, rounded to the nearest, ties to even, as libtorch rounds.</summary>
internal readonly unsafe struct BFloat16Element : IElement<BFloat16Element>
{
#pragma warning disable CS0169, IDE0044, IDE0051 // The field gives the element its size.
    private readonly ushort _bits;
#pragma warning restore CS0169, IDE0044, IDE0051

    public static Vector512<float> Load(BFloat16Element* source)
    {
        var bits = Vector256.Load((ushort*)source);
        var wide = Avx512F.IsSupported
            ? Avx512F.ConvertToVector512Int32(bits).AsUInt32()
            : Vector512.Create(Vector256.WidenLower(bits), Vector256.WidenUpper(bits));
        return (wide << 16).AsSingle();
    }

    public static void Store(BFloat16Element* target, Vector512<float> values)
    {
        var bits = values.AsUInt32();
        var rounded = (bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512.Create(1u))) >> 16;
        rounded = Vector512.ConditionalSelect(Vector512.IsNaN(values).AsUInt32(), Vector512.Create(0x7FC0u), rounded);
        var narrow = Avx512F.IsSupported
            ? Avx512F.ConvertToVector256UInt16(rounded)
            : Vector256.Narrow(rounded.GetLower(), rounded.GetUpper());
        narrow.Store((ushort*)target);
    }
}
