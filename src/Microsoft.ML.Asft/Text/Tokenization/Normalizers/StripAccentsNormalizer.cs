using System.Globalization;
using System.Text;

namespace Microsoft.ML.Asft.Text;

/// <summary>Drops the marks that take no room of their own; it follows NFD, which separates them from their letters.</summary>
internal sealed class StripAccentsNormalizer : RuneNormalizer
{
    protected override string? Replacement(Rune rune) =>
        Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark ? "" : null;
}
