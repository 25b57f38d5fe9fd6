using Microsoft.ML.Asft.Tokenization.Unicode;

namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>The meaning of a backslash escape: one character, or a set of characters.</summary>
internal readonly record struct PatternEscape(int Code, CodePointSet? Set)
{
    private static readonly CodePointSet LineFeed = CodePointSet.Parse("A");

    /// <summary>Reads the text after a backslash.</summary>
    /// <param name="scanner">The pattern.</param>
    /// <param name="inBrackets">Whether it is inside brackets, where <c>\w</c> has fewer characters.</param>
    /// <exception cref="NotSupportedException">The escape is not supported.</exception>
    /// <exception cref="FormatException">It is malformed.</exception>
    public static PatternEscape Read(PatternScanner scanner, bool inBrackets)
    {
        if (scanner.IsAtEnd)
        {
            throw new FormatException("it ends in a backslash");
        }

        int code = scanner.TakeCodePoint();
        return (char)Math.Min(code, char.MaxValue) switch
        {
            'w' => Of(Word(inBrackets)),
            'W' => Of(Word(inBrackets).Complement()),
            's' => Of(CharacterProperties.WhiteSpace),
            'S' => Of(CharacterProperties.WhiteSpace.Complement()),
            'd' => Of(CharacterProperties.Digit),
            'D' => Of(CharacterProperties.Digit.Complement()),
            'h' => Of(CharacterProperties.HexDigit),
            'H' => Of(CharacterProperties.HexDigit.Complement()),
            'N' => Of(LineFeed.Complement()),
            'O' => Of(CodePointSet.All),
            'p' => Of(Property(scanner, isNegated: false, inBrackets)),
            'P' => Of(Property(scanner, isNegated: true, inBrackets)),
            't' => new('\t', null),
            'n' => new('\n', null),
            'r' => new('\r', null),
            'f' => new('\f', null),
            'v' => new('\v', null),
            'a' => new('\a', null),
            'e' => new('\e', null),
            'x' => new(Hexadecimal(scanner), null),
            'u' => new(scanner.TakeHex(4, 'u'), null),
            var c when char.IsAsciiLetterOrDigit(c) => throw new NotSupportedException($"'\\{c}' in a pattern"),
            _ => new(code, null),
        };
    }

    private static CodePointSet Word(bool inBrackets) =>
        inBrackets ? CharacterProperties.Word : CharacterProperties.WordOutsideBrackets;

    private static PatternEscape Of(CodePointSet set) => new(-1, set);

    private static CodePointSet Property(PatternScanner scanner, bool isNegated, bool inBrackets)
    {
        if (!scanner.TrySkip("{"))
        {
            throw new FormatException("'\\p' needs a name in braces");
        }

        string name = scanner.TakeUntil("}", "'\\p{'");
        if (name.StartsWith('^'))
        {
            isNegated = !isNegated;
            name = name[1..];
        }

        CodePointSet set = CharacterProperties.Find(name) ?? throw new NotSupportedException(
            $"the property '{name}' in a pattern (general categories such as 'Lu' and most scripts such as 'Han' are)");
        set = set == CharacterProperties.Word ? Word(inBrackets) : set;
        return isNegated ? set.Complement() : set;
    }

    // \x41 and \x{3042}
    private static int Hexadecimal(PatternScanner scanner)
    {
        if (scanner.TrySkip("{"))
        {
            return PatternScanner.ParseHex(scanner.TakeUntil("}", "'\\x{'"), 'x');
        }

        int code = scanner.TakeHex(2, 'x');
        return code < 0x80 ? code : throw new NotSupportedException($"the byte '\\x{code:X2}' in a pattern");
    }
}
