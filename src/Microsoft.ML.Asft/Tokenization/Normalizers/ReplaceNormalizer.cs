using Microsoft.ML.Asft.Tokenization.Patterns;

namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>Replaces the matches of a pattern with a text.</summary>
internal sealed class ReplaceNormalizer(TextPattern pattern, string content) : AlignedNormalizer
{
    public override TextPiece Normalize(TextPiece piece)
    {
        List<(int Start, int Length)> matches = pattern.Matches(piece.Span);
        if (matches.Count == 0)
        {
            return piece;
        }

        AlignedTextBuilder builder = new(piece);
        int at = 0;
        foreach ((int start, int length) in matches)
        {
            builder.Copy(at, start - at);
            builder.Write(content, start, length);
            at = start + length;
        }

        builder.Copy(at, piece.Length - at);
        return builder.Build();
    }
}
