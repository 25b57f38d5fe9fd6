using System.Text;

namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>A normalizer that looks at one character at a time.</summary>
internal abstract class RuneNormalizer : AlignedNormalizer
{
    public override TextPiece Normalize(TextPiece piece)
    {
        AlignedTextBuilder? builder = null;
        int copied = 0;
        int at = 0;
        foreach (Rune rune in piece.Span.EnumerateRunes())
        {
            int length = rune.Utf16SequenceLength;
            if (Replacement(rune) is string replacement)
            {
                builder ??= new AlignedTextBuilder(piece);
                builder.Copy(copied, at - copied);
                builder.Write(replacement, at, length);
                copied = at + length;
            }

            at += length;
        }

        builder?.Copy(copied, at - copied);
        return builder?.Build() ?? piece;
    }

    /// <summary>The character's replacement; null to keep it.</summary>
    protected abstract string? Replacement(Rune rune);
}
