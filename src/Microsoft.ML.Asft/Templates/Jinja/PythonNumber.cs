using System.Globalization;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Parses and writes numbers like Python.</summary>
internal static class PythonNumber
{
    /// <summary>
    /// Reads a whole number as <c>int(text, radix)</c> does, with underscores between digits; null if it is not one or has more
    /// than 64 bits.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="radix">From 2 to 36; 0 to read the prefix <c>0x</c>, <c>0o</c> or <c>0b</c>.</param>
    public static long? Whole(string text, long radix)
    {
        string digits = PythonText.Trim(text);
        bool isNegative = digits.StartsWith('-');
        digits = isNegative || digits.StartsWith('+') ? digits[1..] : digits;
        long named = digits.Length > 1 && digits[0] == '0' ? char.ToLowerInvariant(digits[1]) switch { 'x' => 16, 'o' => 8, 'b' => 2, _ => 0 } : 0;
        if (named != 0 && (radix == 0 || radix == named))
        {
            (digits, radix) = (digits[2..].StartsWith('_') ? digits[3..] : digits[2..], named);
        }
        radix = radix == 0 ? 10 : radix;
        Int128 value = 0;
        bool wasDigit = false;
        foreach (char c in digits)
        {
            if (c == '_' && wasDigit)
            {
                wasDigit = false;
                continue;
            }
            int digit = char.IsAsciiDigit(c) ? c - '0' : char.IsAsciiLetter(c) ? char.ToLowerInvariant(c) - 'a' + 10
                : char.IsDigit(c) ? (int)char.GetNumericValue(c) : 36;
            if (digit >= radix || value > long.MaxValue)
            {
                return null;
            }
            value = (value * radix) + digit;
            wasDigit = true;
        }
        value = isNegative ? -value : value;
        return wasDigit && value >= long.MinValue && value <= long.MaxValue ? (long)value : null;
    }

    /// <summary>Reads a number as <c>float(text)</c> does; null if it is not one.</summary>
    public static double? Real(string text)
    {
        string number = PythonText.Trim(text).ToLowerInvariant();
        string unsigned = number.StartsWith('-') || number.StartsWith('+') ? number[1..] : number;
        double sign = number.StartsWith('-') ? -1 : 1;
        if (unsigned is "inf" or "infinity")
        {
            return sign * double.PositiveInfinity;
        }
        if (unsigned == "nan")
        {
            return double.NaN;
        }
        bool isPlain = unsigned.Length > 0 && (char.IsAsciiDigit(unsigned[0]) || unsigned[0] == '.') && !unsigned.EndsWith('_')
            && !unsigned.Contains("__", StringComparison.Ordinal);
        const NumberStyles Styles = NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent;
        return isPlain
            && double.TryParse(unsigned.Replace("_", "", StringComparison.Ordinal), Styles, CultureInfo.InvariantCulture, out double value)
            ? sign * value
            : null;
    }

    /// <summary>Writes a number as Python does: the shortest digits that read back the same, with a point or an exponent.</summary>
    public static string Write(double value)
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
}
