namespace Microsoft.ML.Asft.Text;

/// <summary>Puts a text before every piece that is not empty.</summary>
internal sealed class PrependNormalizer(string prefix) : AlignedNormalizer
{
    public override TextPiece Normalize(TextPiece piece)
    {
        if (piece.IsEmpty || prefix.Length == 0)
        {
            return piece;
        }

        AlignedTextBuilder builder = new(piece);
        builder.Write(prefix, 0, 0);
        builder.Copy(0, piece.Length);
        return builder.Build();
    }
}
