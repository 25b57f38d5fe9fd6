using System.Text;
using Microsoft.ML.Asft.Tokenization.Unicode;

namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>Characters of a class; each one is a separate match.</summary>
internal sealed class RunePattern(Func<Rune, bool> isMatch) : TextPattern
{
    /// <summary>Numbers, as in Rust: those of Unicode 17.0.</summary>
    public static RunePattern Numeric { get; } = new(
        rune => Rune.IsNumber(rune) || rune.Value is (>= 0x11DE0 and <= 0x11DE9) or (>= 0x16FF4 and <= 0x16FF6));

    public static RunePattern WhiteSpace { get; } = new(Rune.IsWhiteSpace);

    public static RunePattern Punctuation { get; } = new(rune => OlderProperties.Punctuation.Contains(rune.Value));

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
}
