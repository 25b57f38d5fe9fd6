namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>Something that is looked for in a text.</summary>
internal abstract class TextPattern
{
    /// <summary>All matches from left to right; they do not overlap and may be empty.</summary>
    public abstract List<(int Start, int Length)> Matches(ReadOnlySpan<char> text);
}
