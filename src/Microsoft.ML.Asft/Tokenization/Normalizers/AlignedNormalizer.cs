using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Tokenization.Normalizers;

/// <summary>A normalizer that keeps the positions of the original.</summary>
internal abstract class AlignedNormalizer : Normalizer
{
    /// <summary>The normalized piece; the same object if nothing changes.</summary>
    public abstract TextPiece Normalize(TextPiece piece);

    public sealed override string Normalize(string original)
    {
        ArgumentNullException.ThrowIfNull(original);
        return Normalize(new TextPiece(original)).ToString();
    }

    public sealed override string Normalize(ReadOnlySpan<char> original) => Normalize(original.ToString());
}
