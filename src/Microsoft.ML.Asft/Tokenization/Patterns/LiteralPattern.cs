namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>A pattern that matches a text literally; an empty text matches nowhere.</summary>
internal sealed class LiteralPattern(string literal) : TextPattern
{
    public override List<(int Start, int Length)> Matches(ReadOnlySpan<char> text)
    {
        List<(int Start, int Length)> matches = [];
        int at = 0;
        while (literal.Length > 0 && text[at..].IndexOf(literal, StringComparison.Ordinal) is int found and >= 0)
        {
            matches.Add((at + found, literal.Length));
            at += found + literal.Length;
        }

        return matches;
    }
}
