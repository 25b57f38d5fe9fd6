using System.Text;

namespace Microsoft.ML.Asft.Tokenization.PreTokenizers;

/// <summary>Splits a text into parts with a fixed number of code points; the last one may be shorter.</summary>
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
