using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>Sixteen numbers at a time, the last of a row perhaps fewer.</summary>
internal static unsafe class Vectors
{
    public const int Width = 16;

    /// <summary>Loads up to sixteen numbers; what is missing is <paramref name="fill"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load<T>(T* source, long count, float fill = 0)
        where T : unmanaged, IElement<T> => count >= Width ? T.Load(source) : LoadPart(source, count, fill);

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
            StorePart(target, values, count);
        }
    }

    // Not inlined: the stack space must not add up in a caller's loop.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector512<float> LoadPart<T>(T* source, long count, float fill)
        where T : unmanaged, IElement<T>
    {
        T* part = stackalloc T[Width];
        T.Store(part, Vector512.Create(fill));
        Buffer.MemoryCopy(source, part, Width * sizeof(T), count * sizeof(T));
        return T.Load(part);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void StorePart<T>(T* target, Vector512<float> values, long count)
        where T : unmanaged, IElement<T>
    {
        T* part = stackalloc T[Width];
        T.Store(part, values);
        Buffer.MemoryCopy(part, target, count * sizeof(T), count * sizeof(T));
    }
}
