namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>Removes the spaces at both ends of a text, and all but one between words.</summary>
internal sealed class ExtraSpaceNormalizer : AlignedNormalizer
{
    public override TextPiece Normalize(TextPiece piece)
    {
        ReadOnlySpan<char> text = piece.Span;
        int start = text.Length - text.TrimStart(' ').Length;
        piece = piece.Slice(start, text.Trim(' ').Length);
        text = piece.Span;
        if (!text.Contains("  ", StringComparison.Ordinal))
        {
            return piece;
        }

        AlignedTextBuilder builder = new(piece);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != ' ' || text[i - 1] != ' ')
            {
                builder.Copy(i, 1);
            }
        }

        return builder.Build();
    }
}
