using System.Text;

namespace Microsoft.ML.Asft.Text;

/// <summary>Lower case, character by character and independent of any culture, as Rust has it.</summary>
internal sealed class LowercaseNormalizer : RuneNormalizer
{
    private const int CapitalIWithDot = 0x130;

    // One character has a lower case longer than itself.
    protected override string? Replacement(Rune rune) => rune.Value == CapitalIWithDot ? "i\u0307"
        : CaseMappings.Lower.TryGetValue(rune.Value, out int lower) ? char.ConvertFromUtf32(lower)
        : null;
}
