using System.Text;

namespace Microsoft.ML.Asft.Tokenization;

/// <summary>Writes a changed version of a piece and tracks the origin of its characters.</summary>
internal sealed class AlignedTextBuilder
{
    private readonly TextPiece _source;
    private readonly StringBuilder _text;
    private readonly List<int> _starts;
    private readonly List<int> _ends;

    public AlignedTextBuilder(TextPiece source)
    {
        _source = source;
        _text = new StringBuilder(source.Length + 1);
        _starts = new List<int>(source.Length + 1);
        _ends = new List<int>(source.Length + 1);
    }

    /// <summary>Copies characters of the source unchanged.</summary>
    public void Copy(int start, int length)
    {
        _text.Append(_source.Span.Slice(start, length));
        for (int i = start; i < start + length; i++)
        {
            Align(1, _source.OriginalRange(i, 1));
        }
    }

    /// <summary>Writes a text that replaces these characters of the source; length 0 for an inserted text.</summary>
    public void Write(ReadOnlySpan<char> text, int start, int length)
    {
        _text.Append(text);
        Align(text.Length, _source.OriginalRange(start, length));
    }

    public TextPiece Build() => new(new AlignedText(_text.ToString(), [.. _starts], [.. _ends]), 0, _text.Length);

    private void Align(int count, (int Start, int End) range)
    {
        for (int i = 0; i < count; i++)
        {
            _starts.Add(range.Start);
            _ends.Add(range.End);
        }
    }
}
