using System.Globalization;
using System.Text;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Reads numbers and strings as Jinja writes them, with Python's escapes.</summary>
internal static class JinjaLiterals
{
    /// <summary>Reads a number.</summary>
    /// <param name="source">The template.</param>
    /// <param name="start">The position of its first digit, which is not the first character of the template.</param>
    /// <returns>Its digits without underscores, and the position after it.</returns>
    public static (string Text, bool IsFloat, int End) ReadNumber(string source, int start)
    {
        int end = SkipDigits(source, start);
        bool isFloat = false;
        if (source[start] == '0' && end == start + 1 && end < source.Length && "xXoObB".Contains(source[end], StringComparison.Ordinal))
        {
            for (end++; end < source.Length && (source[end] == '_' || char.IsAsciiHexDigit(source[end]));)
            {
                end++;
            }
        }
        else if (source[start - 1] != '.')
        {
            if (end + 1 < source.Length && source[end] == '.' && char.IsAsciiDigit(source[end + 1]))
            {
                end = SkipDigits(source, end + 1);
                isFloat = true;
            }
            if (end + 1 < source.Length && source[end] is 'e' or 'E')
            {
                int digits = source[end + 1] is '+' or '-' ? end + 2 : end + 1;
                if (SkipDigits(source, digits) > digits)
                {
                    end = SkipDigits(source, digits);
                    isFloat = true;
                }
            }
        }
        return (source[start..end].Replace("_", "", StringComparison.Ordinal), isFloat, end);
    }

    /// <summary>Reads a string.</summary>
    /// <param name="source">The template.</param>
    /// <param name="start">The position of its opening quotation mark.</param>
    /// <returns>The text, and the position after its closing quotation mark.</returns>
    /// <exception cref="JinjaFault">It is never closed, or has an escape that names no character.</exception>
    public static (string Text, int End) ReadString(string source, int start)
    {
        char quote = source[start];
        var text = new StringBuilder();
        int at = start + 1;
        for (; at < source.Length && source[at] != quote; at++)
        {
            if (source[at] == '\\' && at + 1 < source.Length)
            {
                at = AppendEscape(text, source, at + 1);
            }
            else
            {
                text.Append(source[at]);
            }
        }
        if (at >= source.Length)
        {
            throw new JinjaFault($"a string is never closed by {quote}");
        }
        return (text.ToString(), at + 1);
    }

    /// <summary>Appends the characters of Python's escape at <paramref name="at"/>, after its backslash.</summary>
    /// <returns>The position of the escape's last character.</returns>
    private static int AppendEscape(StringBuilder text, string source, int at)
    {
        int digits = source[at] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0)
        {
            ReadOnlySpan<char> hex = source.AsSpan(at + 1, Math.Min(digits, source.Length - at - 1));
            if (hex.Length < digits
                || !uint.TryParse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code)
                || code > 0x10FFFF)
            {
                throw new JinjaFault($"the escape '\\{source[at]}' needs {digits} hexadecimal digits of a character");
            }
            text.Append(code > 0xFFFF ? char.ConvertFromUtf32((int)code) : ((char)code).ToString());
            return at + digits;
        }
        if (source[at] is >= '0' and <= '7')
        {
            int octal = 0;
            int end = at;
            while (end < at + 3 && end < source.Length && source[end] is >= '0' and <= '7')
            {
                octal = (octal * 8) + (source[end++] - '0');
            }
            text.Append((char)octal);
            return end - 1;
        }
        _ = source[at] switch
        {
            'n' => text.Append('\n'),
            't' => text.Append('\t'),
            'r' => text.Append('\r'),
            'a' => text.Append('\a'),
            'b' => text.Append('\b'),
            'f' => text.Append('\f'),
            'v' => text.Append('\v'),
            '\n' => text,
            '\\' or '\'' or '"' => text.Append(source[at]),
            _ => text.Append('\\').Append(source[at]),
        };
        return at;
    }

    private static int SkipDigits(string source, int at)
    {
        while (at < source.Length && (char.IsAsciiDigit(source[at]) || source[at] == '_'))
        {
            at++;
        }
        return at;
    }
}
