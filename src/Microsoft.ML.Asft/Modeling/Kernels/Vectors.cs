using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>Sixteen numbers at a time, the last of a row perhaps fewer.</summary>
internal static unsafe class Vectors
{
    public const int Width = 16;

    /// <summary>Loads up to sixteen numbers; what is missing is <paramref name="fill"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load<T>(T* source, long count, float fill = 0)
        where T : unmanaged, IElement<T> => count >= Width ? T.Load(source) : T.LoadFirst(source, (int)count, fill);

    /// <summary>Stores up to sixteen numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store<T>(T* target, Vector512<float> values, long count)
        where T : unmanaged, IElement<T>
    {
        if (count >= Width)
        {
            T.Store(target, values);
        }
        else
        {
            T.StoreFirst(target, values, (int)count);
        }
    }

    /// <summary>The highest of sixteen numbers.</summary>
    public static float Max(Vector512<float> values)
    {
        var eight = Vector256.Max(values.GetLower(), values.GetUpper());
        var four = Vector128.Max(eight.GetLower(), eight.GetUpper());
        return MathF.Max(MathF.Max(four[0], four[1]), MathF.Max(four[2], four[3]));
    }

    /// <summary>eˣ, exact to 2 units in the last place, 0 below −104 and ∞ above 89; of NaN it is NaN.</summary>
    /// <remarks>
    /// 2ⁿ·eʳ with |r| ≤ ln 2 / 2 and the polynomial of Cephes' expf. <see cref="Vector512.Exp(Vector512{float})"/> calls a function for
    /// numbers out of its range, which makes the compiler keep the vectors of the loop around it in memory.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // The bound comes first: where the other is NaN, x86 returns the second.
        x = Vector512.MinNative(Vector512.Create(89f), Vector512.MaxNative(Vector512.Create(-105f), x));
        var rounding = Vector512.Create(1.5f * (1 << 23));
        var n = Vector512.FusedMultiplyAdd(x, Vector512.Create(1.44269504f), rounding) - rounding;
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), x);      // ln 2 in two parts
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.FusedMultiplyAdd(Vector512.Create(1.9875691500e-4f), r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p * r, r, r) + Vector512<float>.One;
        return Avx512F.IsSupported ? Avx512F.Scale(p, n) : TimesPowerOfTwo(p, n);
    }

    /// <summary>tanh x, to some 1e-7 of 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x) =>
        Vector512<float>.One - (Vector512.Create(2f) / (Exp(x + x) + Vector512<float>.One));

    /// <summary>Loads fewer than sixteen on machines that cannot do so under a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadFirst<T>(T* source, int count, float fill)
        where T : unmanaged, IElement<T>
    {
        Vector512<float> room;   // for sixteen elements at most as large
        T* part = (T*)&room;
        T.Store(part, Vector512.Create(fill));
        for (int i = 0; i < count; i++)
        {
            part[i] = source[i];
        }

        return T.Load(part);
    }

    /// <summary>Stores fewer than sixteen on machines that cannot do so under a mask.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreFirst<T>(T* target, Vector512<float> values, int count)
        where T : unmanaged, IElement<T>
    {
        Vector512<float> room;
        T* part = (T*)&room;
        T.Store(part, values);
        for (int i = 0; i < count; i++)
        {
            target[i] = part[i];
        }
    }

    // In two halves, since 2ⁿ itself may be out of float32's range where the product is not.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> TimesPowerOfTwo(Vector512<float> values, Vector512<float> n)
    {
        var exponent = Vector512.ConvertToInt32(n);
        var half = exponent >> 1;
        return values * PowerOfTwo(half) * PowerOfTwo(exponent - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> PowerOfTwo(Vector512<int> n) => ((n + Vector512.Create(127)) << 23).AsSingle();
}
