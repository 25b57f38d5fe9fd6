using System.Text;
using Microsoft.ML.Asft.Tokenization.Models;

namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>Writes the bytes of a text's UTF-8 in <see cref="ByteAlphabet"/>.</summary>
internal sealed class ByteLevelNormalizer : RuneNormalizer
{
    protected override string? Replacement(Rune rune) => ByteAlphabet.Spell(rune.ToString());
}
