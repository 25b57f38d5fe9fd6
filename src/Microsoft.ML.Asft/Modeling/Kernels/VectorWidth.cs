using System.Globalization;
using System.Runtime.Intrinsics.X86;

namespace Microsoft.ML.Asft.Modeling.Kernels;

/// <summary>
/// The width of the vectors in the decoding kernels, chosen once for the process: 512 bits with AVX-512, 256 bits with AVX2 and FMA, and 128 bits elsewhere,
/// for example on ARM.
/// </summary>
internal static class VectorWidth
{
    /// <summary>The environment variable that forces a smaller width, for tests and measurements.</summary>
    public const string Variable = "ASFT_VECTOR_BITS";

    /// <summary>Gets the width in bits: 128, 256 or 512.</summary>
    public static int Bits { get; } = Choose(Environment.GetEnvironmentVariable(Variable), Supported);

    private static int Supported => Avx512BW.IsSupported ? 512 : Avx2.IsSupported && Fma.IsSupported ? 256 : 128;

    /// <summary>Chooses the width.</summary>
    /// <param name="forced">The value of <see cref="Variable"/>; <see langword="null"/> or empty for the widest.</param>
    /// <param name="supported">The widest that the processor supports.</param>
    /// <exception cref="InvalidOperationException">The value is no width, or the processor does not support it.</exception>
    public static int Choose(string? forced, int supported)
    {
        if (string.IsNullOrEmpty(forced))
        {
            return supported;
        }

        return int.TryParse(forced, NumberStyles.None, CultureInfo.InvariantCulture, out int bits) && bits is 128 or 256 or 512 && bits <= supported
            ? bits
            : throw new InvalidOperationException(
                $"The environment variable {Variable} is '{forced}'. This processor supports up to {supported}: set 128, 256 or 512, or remove the variable.");
    }
}
