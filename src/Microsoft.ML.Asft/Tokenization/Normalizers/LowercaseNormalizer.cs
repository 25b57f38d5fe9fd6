using System.Text;
using Microsoft.ML.Asft.Tokenization.Unicode;

namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>Lower case, character by character and independent of culture, as in Rust.</summary>
internal sealed class LowercaseNormalizer : RuneNormalizer
{
    private const int CapitalIWithDot = 0x130;

    // One character has a lower case of two characters.
    protected override string? Replacement(Rune rune) => rune.Value == CapitalIWithDot ? "i\u0307"
        : CaseMappings.Lower.TryGetValue(rune.Value, out int lower) ? char.ConvertFromUtf32(lower)
        : null;
}
