using Microsoft.ML.Tokenizers;

namespace Microsoft.ML.Asft.Tokenization.PreTokenizers;

/// <summary>A pre-tokenizer that may also change the text, such as writing ▁ for a space.</summary>
internal abstract class PieceSplitter : PreTokenizer
{
    /// <summary>Adds the parts of a piece, none of them empty, to <paramref name="pieces"/>.</summary>
    public abstract void Split(TextPiece piece, List<TextPiece> pieces);

    /// <summary>The parts as ranges of <paramref name="text"/>.</summary>
    public sealed override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<TextPiece> pieces = [];
        Split(new TextPiece(text), pieces);
        return pieces.Select(piece => piece.OriginalRange(0, piece.Length)).Select(range => (range.Start, range.End - range.Start));
    }

    public sealed override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text) => PreTokenize(text.ToString());
}
