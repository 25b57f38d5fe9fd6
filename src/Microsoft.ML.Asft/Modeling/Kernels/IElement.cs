using System.Runtime.Intrinsics;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>The format of a number in a tensor. Kernels compute in float32, sixteen numbers at a time.</summary>
/// <remarks>
/// All methods are inlined. A call in a kernel's loop, even one that is never executed, makes the compiler keep the loop's vectors in memory.
/// </remarks>
internal unsafe interface IElement<T>
    where T : unmanaged, IElement<T>
{
    static abstract Vector512<float> Load(T* source);

    /// <summary>Loads fewer than sixteen numbers. The others are <paramref name="fill"/>.</summary>
    /// <remarks>Do not pass the address of a local variable: .NET 10 compiles a masked load from there to a load from address 0.</remarks>
    static abstract Vector512<float> LoadFirst(T* source, int count, float fill);

    static abstract void Store(T* target, Vector512<float> values);

    /// <summary>Stores fewer than sixteen numbers.</summary>
    static abstract void StoreFirst(T* target, Vector512<float> values, int count);
}
