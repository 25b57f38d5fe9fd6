namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Python's <c>text % values</c>; the filter <c>format</c> is the same: <c>%s</c>, <c>%(name)05.2f</c>.</summary>
internal static class PythonPercentFormat
{
    /// <param name="run">The rendering.</param>
    /// <param name="format">The text with the placeholders.</param>
    /// <param name="values">A tuple of values, a dictionary for named placeholders, or one value.</param>
    public static JinjaString Apply(JinjaRun run, JinjaString format, object? values)
    {
        var places = new Places(run, values as object?[] ?? [values], values as JinjaDictionary);
        string source = format.Text;
        var text = new JinjaStringBuilder(run);
        for (int at = 0; at < source.Length;)
        {
            int next = source.IndexOf('%', at);
            next = next < 0 ? source.Length : next;
            text.Append(format, at, next);
            at = next < source.Length ? AppendPlace(text, source, next + 1, places) : next;
        }
        return places.AreAllUsed || values is JinjaDictionary or List<object?> ? text.ToJinja()
            : throw new JinjaFault("not all values found a place in the format");
    }

    /// <summary>Writes characters beyond ASCII as escapes.</summary>
    public static JinjaString Ascii(JinjaString text) => text.Text.All(char.IsAscii) ? text : text.Rewritten(
        string.Concat(text.Text.EnumerateRunes().Select(rune => rune.Value switch
        {
            < 0x80 => rune.ToString(),
            <= 0xFF => $"\\x{rune.Value:x2}",
            <= 0xFFFF => $"\\u{rune.Value:x4}",
            _ => $"\\U{rune.Value:x8}",
        })));

    private static int AppendPlace(JinjaStringBuilder text, string source, int at, Places places)
    {
        string? name = null;
        if (at < source.Length && source[at] == '(')
        {
            int close = source.IndexOf(')', at);
            name = close > 0 ? source[(at + 1)..close] : throw new JinjaFault("a name in a format is never closed by ')'");
            at = close + 1;
        }
        string flags = "";
        for (; at < source.Length && "#0- +".Contains(source[at], StringComparison.Ordinal); at++)
        {
            flags += source[at];
        }
        int? width = Number(source, ref at, places);
        int? precision = at < source.Length && source[at] == '.' && at++ >= 0 ? Number(source, ref at, places) ?? 0 : null;
        while (at < source.Length && source[at] is 'h' or 'l' or 'L')
        {
            at++;
        }
        char type = at < source.Length ? source[at] : throw new JinjaFault("a format ends within a place");
        if (type == '%')
        {
            text.Append("%");
            return at + 1;
        }
        bool isLeft = flags.Contains('-', StringComparison.Ordinal) || width < 0;
        var spec = new PythonFormatSpec
        {
            Width = Math.Abs(width ?? 0),
            Precision = precision,
            Align = isLeft ? '<' : '>',
            Sign = flags.Contains('+', StringComparison.Ordinal) ? '+' : flags.Contains(' ', StringComparison.Ordinal) ? ' ' : null,
            IsAlternate = flags.Contains('#', StringComparison.Ordinal),
        };
        text.Append(places.Write(type, name, spec, fillsWithZeros: !isLeft && flags.Contains('0', StringComparison.Ordinal)));
        return at + 1;
    }

    private static int? Number(string source, ref int at, Places places)
    {
        if (at < source.Length && source[at] == '*')
        {
            at++;
            long given = JinjaValue.Whole(places.Next());
            return Math.Sign(given) * PythonFormatSpec.Limited(Math.Abs(given).ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
        int start = at;
        while (at < source.Length && char.IsAsciiDigit(source[at]))
        {
            at++;
        }
        return at == start ? null : PythonFormatSpec.Limited(source[start..at]);
    }

    /// <summary>The values, in the order they are used.</summary>
    private sealed class Places(JinjaRun run, object?[] values, JinjaDictionary? names)
    {
        private int _next;

        public bool AreAllUsed => _next == values.Length;

        public object? Next() => _next < values.Length ? values[_next++] : throw new JinjaFault("a format has more places than there are values");

        public JinjaString Write(char type, string? name, PythonFormatSpec spec, bool fillsWithZeros)
        {
            object? value = name is null ? Next()
                : names is null ? throw new JinjaFault("a format with names needs a dictionary")
                : names.TryGetValue(new JinjaString(name), out object? named) ? named : throw new JinjaFault($"there is no '{name}' for the format");
            PythonFormatSpec number = fillsWithZeros ? spec with { Fill = '0', Align = '=' } : spec;
            PythonFormatSpec text = spec with { Sign = null, IsAlternate = false };
            switch (type)
            {
                case 's':
                    return text.WriteText(run, JinjaValue.ToText(run, value));
                case 'r':
                    return text.WriteText(run, JinjaValue.Repr(run, value));
                case 'a':
                    return text.WriteText(run, Ascii(JinjaValue.Repr(run, value)));
                case 'c':
                    return text.WriteText(run, value is JinjaString c && PythonText.Length(c.Text) == 1 ? c
                        : char.ConvertFromUtf32((int)JinjaValue.Whole(value)));
                case 'd' or 'i' or 'u' or 'x' or 'X' or 'o':
                    long whole = value is double real && type is 'd' or 'i' or 'u' ? (long)Math.Truncate(real) : JinjaValue.Whole(value);
                    return WriteWhole(number, whole, type);
                case 'e' or 'E' or 'f' or 'F' or 'g' or 'G':
                    return JinjaValue.TryNumber(value, out double given)
                        ? (number with { Type = type }).Write(run, given)
                        : throw new JinjaFault($"the format '%{type}' needs a number, not {JinjaValue.TypeName(value)}");
                default:
                    throw new JinjaFault($"'%{type}' is not a format");
            }
        }

        // Here a precision is the minimum number of digits.
        private JinjaString WriteWhole(PythonFormatSpec spec, long value, char type)
        {
            string digits = new PythonFormatSpec { Type = type is 'i' or 'u' ? 'd' : type }.Write(run, value).Text.TrimStart('-');
            string prefix = spec.IsAlternate && type is 'x' or 'X' or 'o' ? $"0{type}" : "";
            string sign = value < 0 ? "-" : spec.Sign?.ToString() ?? "";
            string padded = digits.PadLeft(spec.Precision ?? 0, '0');
            int zeros = spec.Align == '=' ? spec.Width - sign.Length - prefix.Length - padded.Length : 0;
            return (spec with { Sign = null, IsAlternate = false, Fill = ' ', Precision = null, Align = spec.Align == '<' ? '<' : '>' })
                .WriteText(run, sign + prefix + new string('0', Math.Max(0, zeros)) + padded);
        }
    }
}
