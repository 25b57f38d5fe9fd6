namespace Microsoft.ML.Asft.Tokenization.PreTokenizers;

/// <summary>Splitters one after the other; each splits the parts of the previous one.</summary>
internal sealed class SplitterSequence(IReadOnlyList<PieceSplitter> splitters) : PieceSplitter
{
    public override void Split(TextPiece piece, List<TextPiece> pieces)
    {
        List<TextPiece> current = [piece];
        foreach (PieceSplitter splitter in splitters)
        {
            List<TextPiece> next = new(current.Count);
            foreach (TextPiece part in current)
            {
                splitter.Split(part, next);
            }

            current = next;
        }

        pieces.AddRange(current);
    }
}
