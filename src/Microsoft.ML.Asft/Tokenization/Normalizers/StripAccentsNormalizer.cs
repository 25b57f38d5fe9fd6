using System.Text;
using Microsoft.ML.Asft.Tokenization.Unicode;

namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>
/// Drops all combining marks (Mn, Mc and Me of Unicode 9.0); it usually follows NFD, which separates them from their letters.
/// </summary>
internal sealed class StripAccentsNormalizer : RuneNormalizer
{
    protected override string? Replacement(Rune rune) => OlderProperties.CombiningMarks.Contains(rune.Value) ? "" : null;
}
