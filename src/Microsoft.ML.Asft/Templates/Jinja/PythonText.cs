using System.Buffers;
using System.Globalization;
using System.Text;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Python's strings: sequences of code points, with Python's white space and case.</summary>
internal static class PythonText
{
    private static readonly SearchValues<char> Blanks = SearchValues.Create(
        [.. Enumerable.Range(0, char.MaxValue + 1).Select(c => (char)c).Where(c => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f')]);

    private static readonly SearchValues<char> LineEnds = SearchValues.Create("\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029");

    public static bool IsSpace(char c) => Blanks.Contains(c);

    public static bool IsBlank(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(Blanks);

    /// <summary>Strips white space from both ends.</summary>
    public static string Trim(string text)
    {
        (int start, int end) = Trimmed(text);
        return text[start..end];
    }

    public static string TrimEnd(string text) => text[..Trimmed(text, fromStart: false).End];

    /// <summary>Finds the part without the given characters, or white space if none are given, at either end.</summary>
    public static (int Start, int End) Trimmed(string text, string? characters = null, bool fromStart = true, bool fromEnd = true)
    {
        SearchValues<char> stripped = characters is null ? Blanks : SearchValues.Create(characters);
        int start = fromStart ? text.AsSpan().IndexOfAnyExcept(stripped) : 0;
        start = start < 0 ? text.Length : start;
        int end = fromEnd ? text.AsSpan(start).LastIndexOfAnyExcept(stripped) + 1 + start : text.Length;
        return (start, end);
    }

    /// <summary>Returns the bounds of a start and an end in a sequence; negative values count from the end.</summary>
    public static (int Start, int End) Bounds(int count, long? start, long? end)
    {
        int Bound(long? bound, int absent) => bound is { } b ? (int)Math.Clamp(b < 0 ? b + count : b, 0, count) : absent;
        return (Bound(start, 0), Bound(end, count));
    }

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
    public static JinjaString Part(JinjaString text, long start, long end)
    {
        int from = Offset(text.Text, 0, start);
        return end <= start ? JinjaString.Empty : text.Slice(from, Offset(text.Text, from, end - start));
    }

    /// <summary>Splits a text into its code points.</summary>
    public static List<object?> Characters(JinjaString text)
    {
        var characters = new List<object?>(text.Length);
        for (int i = 0; i < text.Length;)
        {
            int next = i + (i + 1 < text.Length && char.IsSurrogatePair(text.Text[i], text.Text[i + 1]) ? 2 : 1);
            characters.Add(text.Slice(i, next));
            i = next;
        }
        return characters;
    }

    /// <summary>Splits a text into lines, with or without their ends.</summary>
    public static IEnumerable<JinjaString> Lines(JinjaString text, bool keepEnds = false)
    {
        for (int start = 0; start < text.Length;)
        {
            int length = text.Text.AsSpan(start).IndexOfAny(LineEnds);
            int end = length < 0 ? text.Length : start + length;
            int next = end == text.Length ? end
                : end + (text.Text[end] == '\r' && end + 1 < text.Length && text.Text[end + 1] == '\n' ? 2 : 1);
            yield return text.Slice(start, keepEnds ? next : end);
            start = next;
        }
    }

    /// <summary>Compares by code points; UTF-16 order differs.</summary>
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

    /// <summary>Writes a text as Python writes it in a list: quoted, with escapes for unprintable characters.</summary>
    public static JinjaString Quote(JinjaRun run, JinjaString text)
    {
        char quote = text.Text.Contains('\'', StringComparison.Ordinal) && !text.Text.Contains('"', StringComparison.Ordinal) ? '"' : '\'';
        var quoted = new JinjaStringBuilder(run).AppendRepeated(quote, 1);
        (int written, int at) = (0, 0);
        foreach (Rune rune in text.Text.EnumerateRunes())
        {
            int next = at + rune.Utf16SequenceLength;
            if (Escape(rune, quote) is { } escape)
            {
                quoted.Append(text, written, at).Append(text.Slice(at, next).Rewritten(escape));
                written = next;
            }
            at = next;
        }
        return quoted.Append(text, written, text.Length).AppendRepeated(quote, 1).ToJinja();
    }

    private static string? Escape(Rune rune, char quote) => rune.Value switch
    {
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\\' => "\\\\",
        _ when rune.Value == quote => $"\\{quote}",
        _ when IsPrintable(rune) => null,
        <= 0xFF => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
        <= 0xFFFF => string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
    };

    /// <summary>Finds the UTF-16 position after <paramref name="count"/> code points from <paramref name="at"/>.</summary>
    public static int Offset(string text, int at, long count)
    {
        for (; count > 0; count--)
        {
            at += at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
        }
        return at;
    }

    public static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.SpaceSeparator);
}
