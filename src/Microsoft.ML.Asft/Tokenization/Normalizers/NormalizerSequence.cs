namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>Normalizers one after the other.</summary>
internal sealed class NormalizerSequence(IReadOnlyList<AlignedNormalizer> normalizers) : AlignedNormalizer
{
    public override TextPiece Normalize(TextPiece piece)
    {
        foreach (AlignedNormalizer normalizer in normalizers)
        {
            piece = normalizer.Normalize(piece);
        }

        return piece;
    }
}
