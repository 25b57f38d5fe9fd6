using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>Operations on vectors of sixteen numbers. The last vector of a row may have fewer.</summary>
internal static unsafe class Vectors
{
    public const int Width = 16;

    /// <summary>Loads up to sixteen numbers. Missing ones are <paramref name="fill"/>.</summary>
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

    /// <summary>eˣ, with an error of at most 2 units in the last place. It is 0 below −104, ∞ above 89, and NaN for NaN.</summary>
    /// <remarks>
    /// It computes 2ⁿ·eʳ with |r| ≤ ln 2 / 2 and the polynomial of Cephes' expf. <see cref="Vector512.Exp(Vector512{float})"/> calls a function for
    /// numbers out of its range, which makes the compiler keep the vectors of the surrounding loop in memory.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Exp(Vector512<float> x)
    {
        // x must be the second argument: if one argument is NaN, x86 returns the second one.
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

    /// <summary>tanh x, with an absolute error of about 1e-7.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Tanh(Vector512<float> x) =>
        Vector512<float>.One - (Vector512.Create(2f) / (Exp(x + x) + Vector512<float>.One));

    /// <summary>Loads fewer than sixteen numbers on processors without masked loads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadFirst<T>(T* source, int count, float fill)
        where T : unmanaged, IElement<T>
    {
        Vector512<float> room;   // memory for sixteen elements of at most 4 bytes
        T* part = (T*)&room;
        T.Store(part, Vector512.Create(fill));
        for (int i = 0; i < count; i++)
        {
            part[i] = source[i];
        }

        return T.Load(part);
    }

    /// <summary>Stores fewer than sixteen numbers on processors without masked stores.</summary>
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

    // Multiplies in two steps, because 2ⁿ may be out of float32's range even if the product is not.
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
