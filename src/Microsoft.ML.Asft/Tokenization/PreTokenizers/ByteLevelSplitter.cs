
using Microsoft.ML.Asft.Tokenization.Models;
using Microsoft.ML.Asft.Tokenization.Normalizers;
using Microsoft.ML.Asft.Tokenization.Patterns;

namespace Microsoft.ML.Asft.Tokenization.PreTokenizers;

/// <summary>
/// GPT-2's pre-tokenizer. It may put a space before the text, split the text into words, and spell the words in bytes, see
/// <see cref="ByteAlphabet"/>. Usually <see cref="BytePairEncoder"/> does the spelling; if other splitters follow, they see it.
/// </summary>
internal sealed class ByteLevelSplitter(bool addPrefixSpace, bool splitWords, bool spells) : PieceSplitter
{
    private const string Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private readonly PrependNormalizer _prepend = new(" ");
    private readonly ByteLevelNormalizer _spell = new();
    private readonly PatternSplitter? _split = splitWords ? new(RegexPattern.FromOniguruma(Words), SplitBehavior.Isolated) : null;

    public override void Split(TextPiece piece, List<TextPiece> pieces)
    {
        if (addPrefixSpace && !piece.Span.StartsWith(" ", StringComparison.Ordinal))
        {
            piece = _prepend.Normalize(piece);
        }

        int first = pieces.Count;
        if (_split is not null)
        {
            _split.Split(piece, pieces);
        }
        else if (!piece.IsEmpty)
        {
            pieces.Add(piece);
        }

        for (int i = first; spells && i < pieces.Count; i++)
        {
            pieces[i] = _spell.Normalize(pieces[i]);
        }
    }
}
