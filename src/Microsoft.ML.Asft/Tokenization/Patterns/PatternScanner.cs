using System.Globalization;
using System.Text;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>Reads the text of a pattern.</summary>
internal sealed class PatternScanner(string pattern)
{
    private int _at;

    public bool IsAtEnd => _at >= pattern.Length;

    /// <summary>The next UTF-16 unit; U+0000 at the end.</summary>
    public char Next => IsAtEnd ? '\0' : pattern[_at];

    public bool StartsWith(string text) => pattern.AsSpan(_at).StartsWith(text, StringComparison.Ordinal);

    /// <summary>Whether a text occurs later.</summary>
    public bool HasAhead(string text) => pattern.AsSpan(_at).Contains(text, StringComparison.Ordinal);

    public bool TrySkip(string text)
    {
        bool isThere = StartsWith(text);
        _at += isThere ? text.Length : 0;
        return isThere;
    }

    public char Take() => pattern[_at++];

    public void StepBack() => _at--;

    public int TakeCodePoint()
    {
        if (!Rune.TryGetRuneAt(pattern, _at, out Rune rune))
        {
            throw new FormatException("it has half of a surrogate pair");
        }

        _at += rune.Utf16SequenceLength;
        return rune.Value;
    }

    /// <summary>Takes everything up to and including a text. It is an error if the text does not occur.</summary>
    public string TakeUntil(string text, string what)
    {
        int found = pattern.IndexOf(text, _at, StringComparison.Ordinal);
        if (found < 0)
        {
            throw new FormatException($"{what} is not closed");
        }

        string taken = pattern[_at..found];
        _at = found + text.Length;
        return taken;
    }

    /// <summary>Takes an interval such as <c>{2,5}</c>, or nothing if the braces hold something else.</summary>
    public string? TakeInterval()
    {
        int close = pattern.IndexOf('}', _at);
        if (Next != '{' || close < 0)
        {
            return null;
        }

        string[] bounds = pattern[(_at + 1)..close].Split(',');
        bool isInterval = bounds.Length <= 2 && bounds.All(bound => bound.All(char.IsAsciiDigit)) && bounds.Any(bound => bound.Length > 0);
        if (!isInterval)
        {
            return null;
        }

        string least = bounds[0].Length == 0 ? "0" : bounds[0];
        if (bounds.Length == 2 && bounds[1].Length > 0 &&
            decimal.Parse(least, CultureInfo.InvariantCulture) > decimal.Parse(bounds[1], CultureInfo.InvariantCulture))
        {
            throw new NotSupportedException($"the interval '{{{string.Join(',', bounds)}}}' in a pattern");
        }

        _at = close + 1;
        return "{" + string.Join(',', [least, .. bounds[1..]]) + "}";
    }

    public bool IsBeforeQuantifier()
    {
        int at = _at;
        bool isQuantifier = Next is '*' or '+' or '?' || TakeInterval() is not null;
        _at = at;
        return isQuantifier;
    }

    /// <summary>Takes an exact number of hexadecimal digits.</summary>
    public int TakeHex(int count, char kind)
    {
        string digits = pattern.Substring(_at, Math.Min(count, pattern.Length - _at));
        _at += digits.Length;
        return digits.Length == count ? ParseHex(digits, kind) : throw BadNumber(kind);
    }

    public static int ParseHex(string digits, char kind) =>
        digits.All(char.IsAsciiHexDigit) &&
        int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code) && Rune.IsValid(code)
            ? code
            : throw BadNumber(kind);

    private static FormatException BadNumber(char kind) => new($"'\\{kind}' needs the hexadecimal number of a character");
}
