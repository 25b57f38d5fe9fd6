namespace Microsoft.ML.Asft.Tokenization;

/// <summary>A changed text that maps each character to its position in the original.</summary>
internal sealed class AlignedText
{
    // Both are null while nothing has changed: then character i is character i of the original.
    private readonly int[]? _starts;
    private readonly int[]? _ends;

    public AlignedText(string text, int[]? starts = null, int[]? ends = null)
    {
        Text = text;
        _starts = starts;
        _ends = ends;
    }

    public string Text { get; }

    /// <summary>The part of the original that some characters, at least one, come from.</summary>
    public (int Start, int End) OriginalRange(int start, int length) => _starts is null || _ends is null
        ? (start, start + length)
        : (_starts[start], _ends[start + length - 1]);
}
