using System.Text;

namespace Microsoft.ML.Asft.Tokenization.PreTokenizers;

/// <summary>Cuts a text into parts of so many code points; the last may be shorter.</summary>
internal sealed class FixedLengthSplitter(int length) : PieceSplitter
{
    public override void Split(TextPiece piece, List<TextPiece> pieces)
    {
        int start = 0;
        int end = 0;
        int count = 0;
        foreach (Rune rune in piece.Span.EnumerateRunes())
        {
            end += rune.Utf16SequenceLength;
            if (++count == length)
            {
                pieces.Add(piece.Slice(start, end - start));
                (start, count) = (end, 0);
            }
        }

        if (end > start)
        {
            pieces.Add(piece.Slice(start, end - start));
        }
    }
}
