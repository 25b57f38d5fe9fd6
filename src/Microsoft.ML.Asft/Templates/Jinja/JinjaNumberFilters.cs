using System.Globalization;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The filters that make and change numbers.</summary>
internal static class JinjaNumberFilters
{
    private static readonly string[] Decimal = ["kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"];
    private static readonly string[] Binary = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"];

    public static object Absolute(object? value) => value is double real ? Math.Abs(real) : (object)Math.Abs(JinjaValue.Whole(value));

    /// <summary>Converts a value to an integer; null if it is not one.</summary>
    public static object? ToWhole(object? value, long radix) => value switch
    {
        long or bool => JinjaValue.Whole(value),
        JinjaString text when PythonNumber.Whole(text.Text, radix) is { } whole => whole,
        _ when ToReal(value) is double real => double.IsNaN(real) ? null
            : Math.Abs(real) < long.MaxValue ? (long)real : throw new JinjaFault("a whole number is beyond 64 bits"),
        _ => null,
    };

    /// <summary>Converts a value to a number; null if it is not one.</summary>
    public static object? ToReal(object? value) => JinjaValue.TryNumber(value, out double number) ? number
        : value is JinjaString text ? PythonNumber.Real(text.Text)
        : null;

    public static object Round(object? value, JinjaArguments arguments)
    {
        int precision = (int)Math.Clamp(arguments.TakeInteger(0, "precision", 0), -400, 400);
        string method = arguments.TakeText(1, "method", "common");
        if (!JinjaValue.TryNumber(value, out double number))
        {
            throw new JinjaFault($"{JinjaValue.TypeName(value)} cannot be rounded");
        }
        double scale = Math.Pow(10, precision);
        return method switch
        {
            "common" when value is double => (object)PythonRounding.Round(number, precision),
            "common" when precision >= 0 => JinjaValue.Whole(value),
            "common" => (long)PythonRounding.Round(number, precision),
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            _ => throw new JinjaFault("round's method is 'common', 'ceil' or 'floor'"),
        };
    }

    public static JinjaString FileSize(object? value, bool binary)
    {
        double bytes = ToReal(value) as double? ?? throw new JinjaFault($"{JinjaValue.TypeName(value)} is not a size");
        double step = binary ? 1024 : 1000;
        if (bytes < step)
        {
            return bytes == 1 ? "1 Byte" : string.Create(CultureInfo.InvariantCulture, $"{(long)bytes} Bytes");
        }
        double unit = step;
        foreach (string prefix in binary ? Binary : Decimal)
        {
            unit *= step;
            if (bytes < unit || prefix is "YB" or "YiB")
            {
                return $"{PythonRounding.Fixed(step * bytes / unit, 1)} {prefix}";
            }
        }
        throw new System.Diagnostics.UnreachableException();
    }
}
