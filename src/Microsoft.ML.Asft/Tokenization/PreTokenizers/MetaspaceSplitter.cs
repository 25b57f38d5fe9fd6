using Microsoft.ML.Asft.Tokenization.Normalizers;
using Microsoft.ML.Asft.Tokenization.Patterns;

namespace Microsoft.ML.Asft.Tokenization.PreTokenizers;

/// <summary>Writes <paramref name="replacement"/>, usually ▁, for every space and before the text. It may split at each of them.</summary>
internal sealed class MetaspaceSplitter(string replacement, PrependScheme scheme, bool split) : PieceSplitter
{
    private readonly ReplaceNormalizer _replace = new(new LiteralPattern(" "), replacement);
    private readonly PrependNormalizer _prepend = new(replacement);
    private readonly PatternSplitter _split = new(new LiteralPattern(replacement), SplitBehavior.MergedWithNext);

    public override void Split(TextPiece piece, List<TextPiece> pieces)
    {
        bool isWanted = scheme switch
        {
            PrependScheme.Always => true,
            PrependScheme.First => piece.OriginalRange(0, piece.Length).Start == 0,
            _ => false,
        };

        piece = _replace.Normalize(piece);
        if (isWanted && !piece.Span.StartsWith(replacement, StringComparison.Ordinal))
        {
            piece = _prepend.Normalize(piece);
        }

        if (split)
        {
            _split.Split(piece, pieces);
        }
        else if (!piece.IsEmpty)
        {
            pieces.Add(piece);
        }
    }
}
