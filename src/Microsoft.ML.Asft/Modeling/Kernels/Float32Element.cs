using System.Runtime.Intrinsics;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>float32 as it is.</summary>
internal readonly unsafe struct Float32Element : IElement<Float32Element>
{
#pragma warning disable CS0169, IDE0044, IDE0051 // The field gives the element its size.
    private readonly float _value;
#pragma warning restore CS0169, IDE0044, IDE0051

    public static Vector512<float> Load(Float32Element* source) => Vector512.Load((float*)source);

    public static void Store(Float32Element* target, Vector512<float> values) => values.Store((float*)target);
}
