using System.Text;

namespace Microsoft.ML.Asft.Text;

/// <summary>Lower case, character by character and independent of any culture.</summary>
internal sealed class LowercaseNormalizer : RuneNormalizer
{
    private const int CapitalIWithDot = 0x130;

    protected override string? Replacement(Rune rune)
    {
        // The one character whose full lower case is longer than itself; .NET's simple mapping leaves it alone.
        if (rune.Value == CapitalIWithDot)
        {
            return "i\u0307";
        }

        Rune lower = Rune.ToLowerInvariant(rune);
        return lower == rune ? null : lower.ToString();
    }
}
