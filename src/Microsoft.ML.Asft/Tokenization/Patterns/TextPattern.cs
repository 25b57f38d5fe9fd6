namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>A pattern to search for in a text.</summary>
internal abstract class TextPattern
{
    /// <summary>All matches from left to right; they do not overlap and may be empty.</summary>
    public abstract List<(int Start, int Length)> Matches(ReadOnlySpan<char> text);
}
