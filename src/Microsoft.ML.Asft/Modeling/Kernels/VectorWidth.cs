using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>
/// The width of the vectors in the decoding kernels: 512 bits with AVX-512, 256 bits with AVX2 and FMA, and 128 bits elsewhere, for example on ARM.
/// .NET's switches force a smaller one: <c>DOTNET_EnableAVX512=0</c> and <c>DOTNET_EnableAVX2=0</c>.
/// </summary>
internal static class VectorWidth
{
    /// <summary>Gets the width in bits: 128, 256 or 512.</summary>
    public static int Bits => Avx512BW.IsSupported ? 512 : Avx2.IsSupported && Fma.IsSupported ? 256 : 128;
}
