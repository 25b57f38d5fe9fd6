using System.Runtime.Intrinsics;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>A number as a tensor stores it; kernels compute in float32, sixteen numbers at a time.</summary>
/// <remarks>
/// Inlined, all of them: a call in a kernel's loop, even one that is not taken, makes the compiler keep the loop's vectors in memory.
/// </remarks>
internal unsafe interface IElement<T>
    where T : unmanaged, IElement<T>
{
    static abstract Vector512<float> Load(T* source);

    /// <summary>Loads fewer than sixteen; the others are <paramref name="fill"/>.</summary>
    /// <remarks>Not from a local variable's address: .NET 10 compiles a load under a mask from there to one from address 0.</remarks>
    static abstract Vector512<float> LoadFirst(T* source, int count, float fill);

    static abstract void Store(T* target, Vector512<float> values);

    /// <summary>Stores fewer than sixteen.</summary>
    static abstract void StoreFirst(T* target, Vector512<float> values, int count);
}
