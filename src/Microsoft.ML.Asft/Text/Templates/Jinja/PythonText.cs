using System.Buffers;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.Asft.Text;

/// <summary>Strings as Python sees them: sequences of code points, with its idea of white space and of case.</summary>
internal static class PythonText
{
    private static readonly SearchValues<char> Blanks = SearchValues.Create(
        [.. Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c).Where(c => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f')]);

    public static bool IsSpace(char c) => Blanks.Contains(c);

    public static bool IsBlank(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Blanks);

    /// <summary>Strips the characters given, or white space when none are, from the start.</summary>
    public static string TrimStart(string text, string? characters = null)
    {
        int start = text.AsSpan().IndexOfAnyExcept(Stripped(characters));
        return start < 0 ? "" : text[start..];
    }

    /// <summary>Strips the characters given, or white space when none are, from the end.</summary>
    public static string TrimEnd(string text, string? characters = null) =>
        text[..(text.AsSpan().LastIndexOfAnyExcept(Stripped(characters)) + 1)];

    /// <summary>Strips both ends.</summary>
    public static string Trim(string text, string? characters = null) => TrimStart(TrimEnd(text, characters), characters);

    /// <summary>Counts code points.</summary>
    public static int Length(string text)
    {
        int length = text.Length;
        for (int i = 0; i + 1 < text.Length; i++)
        {
            if (char.IsSurrogatePair(text[i], text[i + 1]))
            {
                length--;
                i++;
            }
        }
        return length;
    }

    /// <summary>Takes the code points from <paramref name="start"/> up to <paramref name="end"/>, which must be within the text.</summary>
    public static string Part(string text, long start, long end)
    {
        int from = Offset(text, 0, start);
        return end <= start ? "" : text[from..Offset(text, from, end - start)];
    }

    /// <summary>Cuts a text into its code points.</summary>
    public static List<object?> Characters(string text)
    {
        var characters = new List<object?>(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            bool pair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            characters.Add(pair ? text.Substring(i++, 2) : text[i].ToString());
        }
        return characters;
    }

    /// <summary>Compares by code points, which UTF-16's own order does not.</summary>
    public static int Compare(string left, string right)
    {
        int at = left.AsSpan().CommonPrefixLength(right);
        if (at == left.Length || at == right.Length)
        {
            return left.Length.CompareTo(right.Length);
        }
        (char a, char b) = (left[at], right[at]);
        return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
    }

    public static List<object?> Split(string text, string? separator, long limit)
    {
        int most = limit < 0 ? int.MaxValue : (int)Math.Min(limit, int.MaxValue);
        if (separator is null)
        {
            return SplitOnBlanks(text, most);
        }
        if (separator.Length == 0)
        {
            throw new JinjaFault("split() needs a separator that is not empty");
        }
        return [.. text.Split(separator, most == int.MaxValue ? most : most + 1)];
    }

    public static string Capitalize(string text)
    {
        int first = text.Length > 1 && char.IsSurrogatePair(text[0], text[1]) ? 2 : Math.Min(1, text.Length);
        return text[..first].ToUpperInvariant() + text[first..].ToLowerInvariant();
    }

    /// <summary>Writes a text as Python writes it in a list: quoted, with what cannot be printed escaped.</summary>
    public static string Quote(string text)
    {
        char quote = text.Contains('\'', StringComparison.Ordinal) && !text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var quoted = new StringBuilder(text.Length + 2).Append(quote);
        foreach (Rune rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\\' => quoted.Append("\\\\"),
                _ when rune.Value == quote => quoted.Append('\\').Append(quote),
                _ when IsPrintable(rune) => quoted.Append(rune.ToString()),
                <= 0xFF => quoted.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
                <= 0xFFFF => quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
            };
        }
        return quoted.Append(quote).ToString();
    }

    /// <summary>Writes a number as Python does: the shortest digits that read back the same, with a point or an exponent.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
        }
        string shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture);
        string[] parts = shortest.Split('E');
        int point = parts[0].IndexOf('.', StringComparison.Ordinal);
        string digits = parts[0].Replace(".", "", StringComparison.Ordinal).TrimStart('0');
        int leading = parts[0].Length - (point < 0 ? 0 : 1) - digits.Length;
        int whole = (point < 0 ? parts[0].Length : point) - leading
            + (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
        digits = digits.TrimEnd('0');
        string text = (digits.Length, whole) switch
        {
            (0, _) => "0.0",
            (_, <= -4 or > 16) => string.Create(CultureInfo.InvariantCulture,
                $"{digits[0]}{(digits.Length > 1 ? "." : "")}{digits[1..]}e{(whole > 0 ? '+' : '-')}{Math.Abs(whole - 1):00}"),
            (_, <= 0) => "0." + new string('0', -whole) + digits,
            var (length, _) when length > whole => digits[..whole] + "." + digits[whole..],
            _ => digits.PadRight(whole, '0') + ".0",
        };
        return double.IsNegative(value) ? "-" + text : text;
    }

    /// <summary>Finds where, in UTF-16, the text goes on after <paramref name="count"/> code points from <paramref name="at"/>.</summary>
    private static int Offset(string text, int at, long count)
    {
        for (; count > 0; count--)
        {
            at += at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
        }
        return at;
    }

    /// <summary>Cuts a text into its words; what is left over when the limit is reached stays one part with its blanks.</summary>
    private static List<object?> SplitOnBlanks(string text, int limit)
    {
        var words = new List<object?>();
        for (int start = 0; text.AsSpan(start).IndexOfAnyExcept(Blanks) is >= 0 and int blanks;)
        {
            start += blanks;
            int length = words.Count < limit ? text.AsSpan(start).IndexOfAny(Blanks) : -1;
            int end = length < 0 ? text.Length : start + length;
            words.Add(text[start..end]);
            start = end;
        }
        return words;
    }

    private static SearchValues<char> Stripped(string? characters) => characters is null ? Blanks : SearchValues.Create(characters);

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
