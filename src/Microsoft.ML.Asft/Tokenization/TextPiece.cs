namespace Microsoft.ML.Asft.Tokenization;

/// <summary>A part of a text during tokenization.</summary>
internal readonly record struct TextPiece(AlignedText Source, int Start, int Length)
{
    public TextPiece(string original)
        : this(new AlignedText(original), 0, original.Length)
    {
    }

    public bool IsEmpty => Length == 0;

    public ReadOnlySpan<char> Span => Source.Text.AsSpan(Start, Length);

    public TextPiece Slice(int start, int length) => new(Source, Start + start, length);

    /// <summary>The part of the original that these characters of the piece come from; an empty range if there are none.</summary>
    public (int Start, int End) OriginalRange(int start, int length)
    {
        if (length > 0)
        {
            return Source.OriginalRange(Start + start, length);
        }

        int place = Start + start < Source.Text.Length ? Source.OriginalRange(Start + start, 1).Start
            : Start + start > 0 ? Source.OriginalRange(Start + start - 1, 1).End
            : 0;
        return (place, place);
    }

    public override string ToString() => Span.ToString();
}
