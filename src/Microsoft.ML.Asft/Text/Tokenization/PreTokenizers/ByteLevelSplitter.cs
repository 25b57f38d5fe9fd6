namespace Microsoft.ML.Asft.Text;

/// <summary>
/// GPT-2's pre-tokenizer: may put a space before the text and split it into words. That the words are spelled in bytes is left to
/// <see cref="BytePairEncoder"/>.
/// </summary>
internal sealed class ByteLevelSplitter(bool addPrefixSpace, bool splitWords) : PieceSplitter
{
    private const string Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private readonly PrependNormalizer _prepend = new(" ");
    private readonly PatternSplitter? _split = splitWords ? new(new RegexPattern(Words, Words), SplitBehavior.Isolated) : null;

    public override void Split(TextPiece piece, List<TextPiece> pieces)
    {
        if (addPrefixSpace && !piece.Span.StartsWith(" ", StringComparison.Ordinal))
        {
            piece = _prepend.Normalize(piece);
        }

        if (_split is not null)
        {
            _split.Split(piece, pieces);
        }
        else if (!piece.IsEmpty)
        {
            pieces.Add(piece);
        }
    }
}
