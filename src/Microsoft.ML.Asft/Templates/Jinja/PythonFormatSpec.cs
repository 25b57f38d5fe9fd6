using System.Globalization;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>A format specification: the part after the colon of <c>{:…}</c>, or after the sign of <c>%…</c>.</summary>
internal sealed record PythonFormatSpec
{
    // No template needs more.
    private const int Most = 10_000;

    public char Fill { get; init; } = ' ';

    /// <summary>Gets the alignment: <c>&lt;</c>, <c>&gt;</c>, <c>^</c>, or <c>=</c> for padding after the sign.</summary>
    public char? Align { get; init; }

    public char? Sign { get; init; }

    /// <summary>Gets a value indicating whether prefixes such as <c>0x</c> are written.</summary>
    public bool IsAlternate { get; init; }

    public int Width { get; init; }

    /// <summary>Gets the separator of groups of three digits.</summary>
    public char? Grouping { get; init; }

    public int? Precision { get; init; }

    public char? Type { get; init; }

    public static PythonFormatSpec Parse(string text)
    {
        int at = 0;
        char Peek(int ahead = 0) => at + ahead < text.Length ? text[at + ahead] : '\0';
        char? Accept(string characters) => at < text.Length && characters.Contains(text[at], StringComparison.Ordinal) ? text[at++] : null;
        var spec = new PythonFormatSpec();
        if (Peek(1) is '<' or '>' or '^' or '=')
        {
            spec = spec with { Fill = text[at], Align = text[at + 1] };
            at += 2;
        }
        else
        {
            spec = spec with { Align = Accept("<>^=") };
        }
        spec = spec with { Sign = Accept("+- "), IsAlternate = Accept("#") is not null };
        if (Accept("0") is not null && spec.Align is null)
        {
            spec = spec with { Fill = '0', Align = '=' };
        }
        spec = spec with { Width = Number() ?? 0, Grouping = Accept(",_") };
        if (Accept(".") is not null)
        {
            spec = spec with { Precision = Number() ?? throw new JinjaFault("a precision is missing in a format") };
        }
        spec = spec with { Type = at < text.Length ? text[at++] : null };
        return at == text.Length ? spec : throw new JinjaFault($"'{text}' is not a format");

        int? Number()
        {
            int start = at;
            while (char.IsAsciiDigit(Peek()))
            {
                at++;
            }
            return at == start ? null : Limited(text[start..at]);
        }
    }

    public static int Limited(string digits) =>
        int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number <= Most
        ? number
        : throw new JinjaFault($"a width or precision of {digits} is too large");

    public JinjaString Write(JinjaRun run, object? value) => value switch
    {
        JinjaString text => WriteText(run, text),
        bool when this == new PythonFormatSpec() => JinjaValue.ToText(run, value),
        long or bool => WriteWhole(run, JinjaValue.Whole(value)),
        double real => WriteReal(run, real),
        _ when this == new PythonFormatSpec() => JinjaValue.ToText(run, value),
        _ => throw new JinjaFault($"a format is not for {JinjaValue.TypeName(value)}"),
    };

    /// <summary>Writes a text. A precision limits its characters.</summary>
    public JinjaString WriteText(JinjaRun run, JinjaString text)
    {
        if (Type is not (null or 's') || Sign is not null || Align == '=')
        {
            throw new JinjaFault($"the format '{Type ?? Sign ?? Align}' is not for text");
        }
        JinjaString kept = Precision is { } most && most < PythonText.Length(text.Text) ? PythonText.Part(text, 0, most) : text;
        return Aligned(run, "", kept, Align ?? '<');
    }

    private JinjaString WriteWhole(JinjaRun run, long value)
    {
        if (Type is 'e' or 'E' or 'f' or 'F' or 'g' or 'G' or '%')
        {
            return WriteReal(run, value);
        }
        if (Type == 'c')
        {
            return Aligned(run, "", char.ConvertFromUtf32((int)value), Align ?? '<');
        }
        if (Precision is not null)
        {
            throw new JinjaFault("a whole number has no precision");
        }
        ulong magnitude = value < 0 ? (ulong)-(Int128)value : (ulong)value;
        (string prefix, string digits) = Type switch
        {
            'b' => ("0b", magnitude.ToString("b", CultureInfo.InvariantCulture)),
            'o' => ("0o", Octal(magnitude)),
            'x' => ("0x", magnitude.ToString("x", CultureInfo.InvariantCulture)),
            'X' => ("0X", magnitude.ToString("X", CultureInfo.InvariantCulture)),
            null or 'd' or 'n' => ("", magnitude.ToString(CultureInfo.InvariantCulture)),
            _ => throw new JinjaFault($"the format '{Type}' is not for whole numbers"),
        };
        string sign = SignOf(value < 0) + (IsAlternate ? prefix : "");
        return Aligned(run, sign, Grouped(digits, Type is 'b' or 'o' or 'x' or 'X' ? 4 : 3, sign.Length), Align ?? '>');
    }

    private JinjaString WriteReal(JinjaRun run, double value)
    {
        double magnitude = Math.Abs(value);
        string digits = Digits(magnitude);
        digits = Type is 'E' or 'F' or 'G' ? digits.ToUpperInvariant() : digits;
        string sign = SignOf(double.IsNegative(value));
        int whole = digits.AsSpan().IndexOfAnyExceptInRange('0', '9') is >= 0 and int end ? end : digits.Length;
        string rest = digits[whole..] + (Type == '%' ? "%" : "");
        return Aligned(run, sign, Grouped(digits[..whole], 3, sign.Length + rest.Length) + rest, Align ?? '>');
    }

    private string Digits(double value)
    {
        if (!double.IsFinite(value))
        {
            return double.IsNaN(value) ? "nan" : "inf";
        }
        int precision = Precision ?? 6;
        switch (Type)
        {
            case 'f' or 'F':
                return PythonRounding.Fixed(value, precision) + (IsAlternate && precision == 0 ? "." : "");
            case '%':
                return PythonRounding.Fixed(value * 100, precision);
            case 'e' or 'E':
                (string digits, int exponent) = PythonRounding.Scientific(value, precision);
                return WithExponent(digits, exponent);
            case null when Precision is null:
                return PythonNumber.Write(value);
            case 'g' or 'G' or 'n' or null:
                return General(value, Math.Max(1, precision));
            default:
                throw new JinjaFault($"the format '{Type}' is not for numbers with a point");
        }
    }

    /// <summary>Writes a number of significant digits, with an exponent if the number is large or small.</summary>
    private string General(double value, int significant)
    {
        (string digits, int exponent) = PythonRounding.Scientific(value, significant - 1);
        string kept = IsAlternate ? digits : digits.TrimEnd('0').PadRight(1, '0');
        // Without a type a number has at least one digit after its point.
        int last = Type is null ? significant - 1 : significant;
        if (exponent < -4 || exponent >= last)
        {
            return WithExponent(kept, exponent);
        }
        string text = exponent < 0 ? "0." + new string('0', -exponent - 1) + kept
            : kept.Length > exponent + 1 ? $"{kept[..(exponent + 1)]}.{kept[(exponent + 1)..]}"
            : kept.PadRight(exponent + 1, '0') + (IsAlternate ? "." : "");
        return Type is null && !text.Contains('.', StringComparison.Ordinal) ? text + ".0" : text;
    }

    private string WithExponent(string digits, int exponent) => string.Create(CultureInfo.InvariantCulture,
        $"{digits[0]}{(digits.Length > 1 || IsAlternate ? "." : "")}{digits[1..]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}");

    private string SignOf(bool isNegative) => isNegative ? "-" : Sign is '+' or ' ' ? Sign.ToString()! : "";

    private string Grouped(string digits, int size, int others)
    {
        if (Grouping is not { } mark || digits.Length == 0 || !char.IsAsciiHexDigit(digits[0]))
        {
            return digits;
        }
        // Padding zeros are grouped too.
        while (Align == '=' && Fill == '0' && Length(digits.Length + 1) + others <= Width)
        {
            digits = "0" + digits;
        }
        int Length(int count) => count + ((count - 1) / size);
        return string.Join(mark, digits.Reverse().Chunk(size).Select(chunk => new string([.. chunk.Reverse()])).Reverse());
    }

    private JinjaString Aligned(JinjaRun run, string sign, JinjaString text, char align)
    {
        long missing = Math.Max(0, Width - sign.Length - PythonText.Length(text.Text));
        (long left, long middle) = align switch { '>' => (missing, 0), '^' => (missing / 2, 0), '=' => (0, missing), _ => (0L, 0L) };
        return new JinjaStringBuilder(run).AppendRepeated(Fill, left).Append(sign).AppendRepeated(Fill, middle).Append(text)
            .AppendRepeated(Fill, missing - left - middle).ToJinja();
    }

    private static string Octal(ulong value)
    {
        string digits = "";
        for (; value > 0 || digits.Length == 0; value /= 8)
        {
            digits = (value % 8) + digits;
        }
        return digits;
    }
}
