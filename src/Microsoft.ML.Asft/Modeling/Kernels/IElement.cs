using System.Runtime.Intrinsics;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>A number as a tensor stores it; kernels compute in float32, sixteen numbers at a time.</summary>
internal unsafe interface IElement<T>
    where T : unmanaged, IElement<T>
{
    static abstract Vector512<float> Load(T* source);

    static abstract void Store(T* target, Vector512<float> values);
}
