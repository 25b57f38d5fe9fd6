using System.Globalization;
using System.Text;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>
/// Python's upper and lower case: Unicode's full mappings, in which one character may become several. .NET's
/// invariant mappings are one to one.
/// </summary>
internal static class PythonCase
{
    // From Unicode's SpecialCasing.txt: a character and its mapping.
    private static readonly Dictionary<Rune, string> ToUpper = Table(
        "\u00dfSS;\u0149\u02bcN;\u01f0J\u030c;\u0390\u0399\u0308\u0301;\u03b0\u03a5\u0308\u0301;\u0587\u0535\u0552;"
        + "\u1e96H\u0331;\u1e97T\u0308;\u1e98W\u030a;\u1e99Y\u030a;\u1e9aA\u02be;\u1f50\u03a5\u0313;"
        + "\u1f52\u03a5\u0313\u0300;\u1f54\u03a5\u0313\u0301;\u1f56\u03a5\u0313\u0342;\u1fb2\u1fba\u0399;"
        + "\u1fb3\u0391\u0399;\u1fb4\u0386\u0399;\u1fb6\u0391\u0342;\u1fb7\u0391\u0342\u0399;\u1fbc\u0391\u0399;"
        + "\u1fc2\u1fca\u0399;\u1fc3\u0397\u0399;\u1fc4\u0389\u0399;\u1fc6\u0397\u0342;\u1fc7\u0397\u0342\u0399;"
        + "\u1fcc\u0397\u0399;\u1fd2\u0399\u0308\u0300;\u1fd3\u0399\u0308\u0301;\u1fd6\u0399\u0342;"
        + "\u1fd7\u0399\u0308\u0342;\u1fe2\u03a5\u0308\u0300;\u1fe3\u03a5\u0308\u0301;\u1fe4\u03a1\u0313;"
        + "\u1fe6\u03a5\u0342;\u1fe7\u03a5\u0308\u0342;\u1ff2\u1ffa\u0399;\u1ff3\u03a9\u0399;\u1ff4\u038f\u0399;"
        + "\u1ff6\u03a9\u0342;\u1ff7\u03a9\u0342\u0399;\u1ffc\u03a9\u0399;\ufb00FF;\ufb01FI;\ufb02FL;\ufb03FFI;\ufb04FFL;"
        + "\ufb05ST;\ufb06ST;\ufb13\u0544\u0546;\ufb14\u0544\u0535;\ufb15\u0544\u053b;\ufb16\u054e\u0546;"
        + "\ufb17\u0544\u053d");

    // The title case of a character, if it is not its upper case with all letters but the first in lower case.
    private static readonly Dictionary<Rune, string> ToTitle = Table(
        "\u01c4\u01c5;\u01c5\u01c5;\u01c6\u01c5;\u01c7\u01c8;\u01c8\u01c8;\u01c9\u01c8;\u01ca\u01cb;\u01cb\u01cb;"
        + "\u01cc\u01cb;\u01f1\u01f2;\u01f2\u01f2;\u01f3\u01f2;\u1fb2\u1fba\u0345;\u1fb3\u1fbc;\u1fb4\u0386\u0345;"
        + "\u1fb7\u0391\u0342\u0345;\u1fbc\u1fbc;\u1fc2\u1fca\u0345;\u1fc3\u1fcc;\u1fc4\u0389\u0345;"
        + "\u1fc7\u0397\u0342\u0345;\u1fcc\u1fcc;\u1ff2\u1ffa\u0345;\u1ff3\u1ffc;\u1ff4\u038f\u0345;"
        + "\u1ff7\u03a9\u0342\u0345;\u1ffc\u1ffc");

    public static string Upper(string text) => Map(text, (rune, _) => Upper(rune));

    public static string Lower(string text) => Map(text, (rune, at) => Lower(text, rune, at));

    public static string SwapCase(string text) =>
        Map(text, (rune, at) => IsUpper(rune) ? Lower(text, rune, at) : IsLower(rune) ? Upper(rune) : rune.ToString());

    public static string Capitalize(string text) => Map(text, (rune, at) => at == 0 ? Title(rune) : Lower(text, rune, at));

    /// <summary>A letter that follows no other letter gets its title case; the others get their lower case.</summary>
    public static string Title(string text)
    {
        bool follows = false;
        return Map(text, (rune, at) =>
        {
            string mapped = follows ? Lower(text, rune, at) : Title(rune);
            follows = IsCased(rune);
            return mapped;
        });
    }

    public static string CaseFold(string text) => Map(text, (rune, _) => rune.Value switch
    {
        0x131 => rune.ToString(),
        0x1E9E => "ss",
        (>= 0x13A0 and <= 0x13F5) or (>= 0x13F8 and <= 0x13FD) or (>= 0xAB70 and <= 0xABBF) => Upper(rune),
        _ => Lower(Upper(rune)).Replace('\u03c2', '\u03c3'),
    });

    public static bool IsUpper(string text) => HasCase(text, IsUpper, rune => IsLower(rune) || IsTitle(rune));

    public static bool IsLower(string text) => HasCase(text, IsLower, rune => IsUpper(rune) || IsTitle(rune));

    public static bool IsTitle(string text)
    {
        (bool follows, bool any) = (false, false);
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool begins = IsUpper(rune) || IsTitle(rune);
            if ((begins && follows) || (IsLower(rune) && !follows))
            {
                return false;
            }
            follows = begins || IsLower(rune);
            any |= follows;
        }
        return any;
    }

    private static bool HasCase(string text, Func<Rune, bool> wanted, Func<Rune, bool> other)
    {
        bool any = false;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (other(rune))
            {
                return false;
            }
            any |= wanted(rune);
        }
        return any;
    }

    private static bool IsCased(Rune rune) => IsUpper(rune) || IsLower(rune) || IsTitle(rune);

    // Unicode's Other_Lowercase and Other_Uppercase: letters written small or circled, and Roman numerals.
    private static bool IsLower(Rune rune) => Rune.IsLower(rune) || rune.Value is 0xAA or 0xBA or (>= 0x2B0 and <= 0x2B8)
        or (>= 0x2C0 and <= 0x2C1) or (>= 0x2E0 and <= 0x2E4) or 0x345 or 0x37A or (>= 0x1D2C and <= 0x1D6A) or 0x1D78
        or (>= 0x1D9B and <= 0x1DBF) or 0x2071 or 0x207F or (>= 0x2090 and <= 0x209C) or (>= 0x2170 and <= 0x217F)
        or (>= 0x24D0 and <= 0x24E9);

    private static bool IsUpper(Rune rune) => Rune.IsUpper(rune) || rune.Value is (>= 0x2160 and <= 0x216F) or (>= 0x24B6 and <= 0x24CF)
        or (>= 0x1F130 and <= 0x1F149) or (>= 0x1F150 and <= 0x1F169) or (>= 0x1F170 and <= 0x1F189);

    private static bool IsTitle(Rune rune) => Rune.GetUnicodeCategory(rune) == UnicodeCategory.TitlecaseLetter;

    // The Greek letters with an iota below: the mapping is eight code points away.
    private static string Upper(Rune rune) => ToUpper.TryGetValue(rune, out string? upper) ? upper
        : rune.Value is >= 0x1F80 and <= 0x1FAF ? (char)(rune.Value - 0x80 + ((rune.Value & 0x30) switch { 0 => 0x08, 0x10 => 0x18, _ => 0x48 })) + "\u0399"
        : Rune.ToUpperInvariant(rune).ToString();

    private static string Title(Rune rune)
    {
        if (ToTitle.TryGetValue(rune, out string? title))
        {
            return title;
        }
        if (rune.Value is (>= 0x1F80 and <= 0x1FAF) or (>= 0x10D0 and <= 0x10FF))
        {
            return rune.Value < 0x1F80 ? rune.ToString() : new Rune(rune.Value | 8).ToString();
        }
        string upper = Upper(rune);
        return upper.Length > rune.Utf16SequenceLength ? upper[..1] + Lower(upper[1..]) : upper;
    }

    private static string Lower(string text, Rune rune, int at) => rune.Value switch
    {
        0x130 => "i\u0307",
        0x3A3 => IsLastOfWord(text, at) ? "\u03c2" : "\u03c3",
        _ => Rune.ToLowerInvariant(rune).ToString(),
    };

    /// <summary>Whether a sigma follows a letter and no letter follows it; other characters are ignored.</summary>
    private static bool IsLastOfWord(string text, int at) =>
        text[..at].EnumerateRunes().Reverse().SkipWhile(IsIgnored).Take(1).Any(IsCased)
        && !text[(at + 1)..].EnumerateRunes().SkipWhile(IsIgnored).Take(1).Any(IsCased);

    private static bool IsIgnored(Rune rune) => rune.Value is '\'' or '.' or ':' or '^' or '`' or 0xA8 or 0xAD or 0xB7 or 0x2019
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol;

    private static string Map(string text, Func<Rune, int, string> map)
    {
        var mapped = new StringBuilder(text.Length);
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            // A half of a surrogate pair is unchanged.
            mapped.Append(char.IsSurrogate(text[at]) && rune.Utf16SequenceLength == 1 ? text[at].ToString() : map(rune, at));
            at += rune.Utf16SequenceLength;
        }
        return mapped.ToString();
    }

    private static Dictionary<Rune, string> Table(string entries) =>
        entries.Split(';').ToDictionary(entry => new Rune(entry[0]), entry => entry[1..]);
}
