namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>
/// Puts a text before every piece that is not empty; with <paramref name="onlyFirst"/> only before the first piece of the text.
/// </summary>
internal sealed class PrependNormalizer(string prefix, bool onlyFirst = false) : AlignedNormalizer
{
    public override TextPiece Normalize(TextPiece piece)
    {
        if (piece.IsEmpty || prefix.Length == 0 || (onlyFirst && piece.OriginalRange(0, piece.Length).Start > 0))
        {
            return piece;
        }

        AlignedTextBuilder builder = new(piece);
        builder.Write(prefix, 0, 0);
        builder.Copy(0, piece.Length);
        return builder.Build();
    }
}
