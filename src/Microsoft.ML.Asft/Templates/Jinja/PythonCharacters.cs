using System.Globalization;
using System.Text;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Python's character classes.</summary>
internal static class PythonCharacters
{
    /// <summary>Whether a text is not empty and all its characters are in a class.</summary>
    public static bool AreAll(string text, Func<Rune, bool> kind) => text.Length > 0 && text.EnumerateRunes().All(kind);

    public static bool IsLetter(Rune rune) => Rune.IsLetter(rune);

    public static bool IsAlphanumeric(Rune rune) => Rune.IsLetter(rune) || IsNumeric(rune);

    public static bool IsDecimal(Rune rune) => Rune.IsDigit(rune);

    /// <summary>Decimal digits, and superscript, subscript or circled digits.</summary>
    public static bool IsDigit(Rune rune) => Rune.IsDigit(rune) || rune.Value is 0xB2 or 0xB3 or 0xB9 or (>= 0x1369 and <= 0x1371)
        or 0x19DA or 0x2070 or (>= 0x2074 and <= 0x2079) or (>= 0x2080 and <= 0x2089) or (>= 0x2460 and <= 0x2468)
        or (>= 0x2474 and <= 0x247C) or (>= 0x2488 and <= 0x2490) or 0x24EA or (>= 0x24F5 and <= 0x24FD) or 0x24FF
        or (>= 0x2776 and <= 0x277E) or (>= 0x2780 and <= 0x2788) or (>= 0x278A and <= 0x2792)
        or (>= 0x10A40 and <= 0x10A43) or (>= 0x10E60 and <= 0x10E68) or (>= 0x11052 and <= 0x1105A) or (>= 0x1F100 and <= 0x1F10A);

    public static bool IsNumeric(Rune rune) => Rune.GetNumericValue(rune) != -1;

    public static bool IsIdentifier(string text) => text.Length > 0 && text.EnumerateRunes().Select((rune, i) => (rune, i)).All(one =>
        one.rune.Value == '_' || Rune.IsLetter(one.rune) || Rune.GetUnicodeCategory(one.rune) == UnicodeCategory.LetterNumber
        || (one.i > 0 && Rune.GetUnicodeCategory(one.rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.NonSpacingMark
            or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.ConnectorPunctuation));
}
