using System.Text;

namespace Microsoft.ML.Asft.Text;

/// <summary>Characters of a kind; each of them is a match of its own.</summary>
internal sealed class RunePattern(Func<Rune, bool> isMatch) : TextPattern
{
    public static RunePattern Numeric { get; } = new(Rune.IsNumber);

    public static RunePattern WhiteSpace { get; } = new(Rune.IsWhiteSpace);

    public static RunePattern Punctuation { get; } = new(IsPunctuation);

    public override List<(int Start, int Length)> Matches(ReadOnlySpan<char> text)
    {
        List<(int Start, int Length)> matches = [];
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (isMatch(rune))
            {
                matches.Add((at, rune.Utf16SequenceLength));
            }

            at += rune.Utf16SequenceLength;
        }

        return matches;
    }

    // ASCII's symbols count as punctuation too.
    private static bool IsPunctuation(Rune rune) =>
        Rune.IsPunctuation(rune) || (rune.IsAscii && char.IsSymbol((char)rune.Value));
}
