using System.Text;

namespace Microsoft.ML.Asft.Text;

/// <summary>Writes the bytes of a text's UTF-8 in <see cref="ByteAlphabet"/>.</summary>
internal sealed class ByteLevelNormalizer : RuneNormalizer
{
    protected override string? Replacement(Rune rune) => ByteAlphabet.Spell(rune.ToString());
}
