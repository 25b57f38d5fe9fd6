using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>A float32 number.</summary>
internal readonly unsafe struct Float32Element : IElement<Float32Element>
{
#pragma warning disable CS0169, IDE0044, IDE0051 // The field gives the element its size.
    private readonly float _value;
#pragma warning restore CS0169, IDE0044, IDE0051

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(Float32Element* source) => Vector512.Load((float*)source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadFirst(Float32Element* source, int count, float fill) => Avx512F.IsSupported
        ? Avx512F.MaskLoad((float*)source, First(count), Vector512.Create(fill)) : Vectors.LoadFirst(source, count, fill);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Float32Element* target, Vector512<float> values) => values.Store((float*)target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst(Float32Element* target, Vector512<float> values, int count)
    {
        if (Avx512F.IsSupported)
        {
            Avx512F.MaskStore((float*)target, First(count), values);
        }
        else
        {
            Vectors.StoreFirst(target, values, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> First(int count) => Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();
}
