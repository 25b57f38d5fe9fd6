using System.Globalization;
using System.Text;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Python's <c>strftime</c>, always in English.</summary>
internal static class PythonTime
{
    public static string Format(DateTimeOffset now, string format)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            i++;
            // The C library's flag for numbers without leading zeros.
            bool isBare = format[i] == '-' && i + 1 < format.Length;
            char code = isBare ? format[++i] : format[i];
            string part = Part(now, code) ?? throw JinjaFault.NotSupported($"'%{code}' in strftime_now");
            text.Append(isBare ? part.TrimStart('0', ' ') is { Length: > 0 } bare ? bare : "0" : part);
        }
        return text.ToString();
    }

    private static string? Part(DateTimeOffset now, char code) => code switch
    {
        'a' => Net(now, "ddd"),
        'A' => Net(now, "dddd"),
        'b' or 'h' => Net(now, "MMM"),
        'B' => Net(now, "MMMM"),
        'c' => Format(now, "%a %b %e %H:%M:%S %Y"),
        'C' => Digits(now.Year / 100, 2),
        'd' => Net(now, "dd"),
        'D' or 'x' => Net(now, "MM'/'dd'/'yy"),
        'e' => now.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'f' => Net(now, "ffffff"),
        'F' => Net(now, "yyyy-MM-dd"),
        'G' => Digits(ISOWeek.GetYear(now.Date), 4),
        'H' => Net(now, "HH"),
        'I' => Net(now, "hh"),
        'j' => Digits(now.DayOfYear, 3),
        'k' => now.Hour.ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'l' => (((now.Hour + 11) % 12) + 1).ToString(CultureInfo.InvariantCulture).PadLeft(2),
        'm' => Net(now, "MM"),
        'M' => Net(now, "mm"),
        'n' => "\n",
        'p' => Net(now, "tt"),
        'r' => Net(now, "hh:mm:ss tt"),
        'R' => Net(now, "HH:mm"),
        'S' => Net(now, "ss"),
        't' => "\t",
        'T' or 'X' => Net(now, "HH:mm:ss"),
        'u' => Digits((((int)now.DayOfWeek + 6) % 7) + 1, 1),
        'U' => Digits((now.DayOfYear + 6 - (int)now.DayOfWeek) / 7, 2),
        'V' => Digits(ISOWeek.GetWeekOfYear(now.Date), 2),
        'w' => Digits((int)now.DayOfWeek, 1),
        'W' => Digits((now.DayOfYear + 6 - (((int)now.DayOfWeek + 6) % 7)) / 7, 2),
        'y' => Net(now, "yy"),
        'Y' => Net(now, "yyyy"),
        // transformers' time has no zone.
        'z' or 'Z' => "",
        '%' => "%",
        _ => null,
    };

    private static string Net(DateTimeOffset now, string format) => now.ToString(format, CultureInfo.InvariantCulture);

    private static string Digits(int number, int count) => number.ToString(CultureInfo.InvariantCulture).PadLeft(count, '0');
}
