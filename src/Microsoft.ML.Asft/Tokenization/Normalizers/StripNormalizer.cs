namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>Removes the white space at the ends.</summary>
internal sealed class StripNormalizer(bool left, bool right) : AlignedNormalizer
{
    public override TextPiece Normalize(TextPiece piece)
    {
        int start = 0;
        int end = piece.Length;
        ReadOnlySpan<char> text = piece.Span;
        while (left && start < end && char.IsWhiteSpace(text[start]))
        {
            start++;
        }

        while (right && end > start && char.IsWhiteSpace(text[end - 1]))
        {
            end--;
        }

        return piece.Slice(start, end - start);
    }
}
