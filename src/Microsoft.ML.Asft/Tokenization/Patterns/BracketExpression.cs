using Microsoft.ML.Asft.Tokenization.Unicode;

namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>Reads brackets such as <c>[a-z\d[^\p{Han}]&amp;&amp;[:print:]]</c>.</summary>
internal static class BracketExpression
{
    private const int DeepestNesting = 100;

    /// <summary>Reads from after the opening bracket to the closing one.</summary>
    /// <param name="scanner">The pattern.</param>
    /// <param name="ignoresCase">Whether the characters match both cases.</param>
    /// <param name="depth">The number of open brackets around these.</param>
    /// <exception cref="NotSupportedException">They use something that is not supported.</exception>
    /// <exception cref="FormatException">They are malformed.</exception>
    public static CodePointSet Read(PatternScanner scanner, bool ignoresCase, int depth = 0)
    {
        if (depth > DeepestNesting)
        {
            throw new NotSupportedException($"brackets more than {DeepestNesting} deep in a pattern");
        }

        bool isNegated = scanner.TrySkip("^");
        CodePointSet set = CodePointSet.Empty;
        CodePointSet? common = null;
        bool isFirst = true;
        while (!scanner.StartsWith("]") || (isFirst && ClosesLater(scanner)))
        {
            if (scanner.IsAtEnd)
            {
                throw new FormatException("a bracket is not closed");
            }

            isFirst = false;
            if (scanner.TrySkip("&&"))
            {
                common = common?.Intersect(set) ?? set;
                set = CodePointSet.Empty;
            }
            else
            {
                set = set.Union(ReadMember(scanner, ignoresCase, depth));
            }
        }

        scanner.Take();
        set = common?.Intersect(set) ?? set;
        if (ignoresCase)
        {
            if (!isNegated && CaseFolding.HasSequence(set))
            {
                throw new NotSupportedException("characters that equal several, such as 'ß', in brackets that ignore case");
            }

            set = CaseFolding.Close(set);
        }

        return isNegated ? set.Complement() : set;
    }

    // A closing bracket at the beginning is a character, unless it is the only one.
    private static bool ClosesLater(PatternScanner scanner)
    {
        scanner.Take();
        bool later = scanner.HasAhead("]");
        scanner.StepBack();
        return later;
    }

    private static CodePointSet ReadMember(PatternScanner scanner, bool ignoresCase, int depth)
    {
        if (scanner.TrySkip("[:"))
        {
            bool isNegated = scanner.TrySkip("^");
            string name = scanner.TakeUntil(":]", "'[:'");
            CodePointSet named = CharacterProperties.FindPosix(name)
                ?? throw new NotSupportedException($"'[:{name}:]' in the brackets of a pattern");
            return isNegated ? named.Complement() : named;
        }

        if (scanner.TrySkip("["))
        {
            return Read(scanner, ignoresCase, depth + 1);
        }

        (int first, CodePointSet? set) = ReadCharacter(scanner);
        if (set is not null)
        {
            return set;
        }

        if (!scanner.StartsWith("-") || scanner.StartsWith("-]") || scanner.StartsWith("-&&") || scanner.StartsWith("-["))
        {
            return CodePointSet.Of((first, first));
        }

        scanner.Take();
        (int last, set) = ReadCharacter(scanner);
        return set is null && last >= first
            ? CodePointSet.Of((first, last))
            : throw new FormatException("a range in brackets ends before it begins, or in a set");
    }

    private static PatternEscape ReadCharacter(PatternScanner scanner)
    {
        if (!scanner.TrySkip("\\"))
        {
            return scanner.IsAtEnd ? throw new FormatException("a bracket is not closed") : new PatternEscape(scanner.TakeCodePoint(), null);
        }

        // A word boundary outside brackets, a backspace inside.
        return scanner.TrySkip("b") ? new PatternEscape('\b', null) : PatternEscape.Read(scanner, inBrackets: true);
    }
}
