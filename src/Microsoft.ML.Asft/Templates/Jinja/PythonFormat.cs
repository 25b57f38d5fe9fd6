using System.Globalization;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Python's <c>text.format(…)</c>: <c>{}</c>, <c>{0}</c>, <c>{name.member[0]!r:&gt;8}</c>.</summary>
internal static class PythonFormat
{
    // A field's format may contain fields, but no deeper nesting.
    private const int MostLevels = 2;

    public static JinjaString Format(JinjaRun run, JinjaString self, JinjaArguments arguments)
    {
        int next = 0;
        JinjaString text = Fill(run, self, arguments, ref next, MostLevels);
        arguments.TakeAll();
        return text;
    }

    private static JinjaString Fill(JinjaRun run, JinjaString self, JinjaArguments arguments, ref int next, int levels)
    {
        if (levels == 0)
        {
            throw new JinjaFault("the fields of format() are nested too deeply");
        }
        var text = new JinjaStringBuilder(run);
        for (int at = 0; at < self.Length; at++)
        {
            char c = self.Text[at];
            if (c is not ('{' or '}'))
            {
                text.Append(self, at, at + 1);
            }
            else if (at + 1 < self.Length && self.Text[at + 1] == c)
            {
                text.Append(self, at, ++at);
            }
            else
            {
                int close = c == '{' ? Close(self.Text, at) : -1;
                if (close < 0)
                {
                    throw new JinjaFault("a brace in format() has no counterpart");
                }
                text.Append(Field(run, self.Text[(at + 1)..close], arguments, ref next, levels));
                at = close;
            }
        }
        return text.ToJinja();
    }

    private static int Close(string text, int open)
    {
        int depth = 0;
        for (int at = open; at < text.Length; at++)
        {
            depth += text[at] switch { '{' => 1, '}' => -1, _ => 0 };
            if (depth == 0)
            {
                return at;
            }
        }
        return -1;
    }

    private static JinjaString Field(JinjaRun run, string field, JinjaArguments arguments, ref int next, int levels)
    {
        int end = field.AsSpan().IndexOfAny('!', ':');
        string path = end < 0 ? field : field[..end];
        char? conversion = end >= 0 && field[end] == '!' ? end + 1 < field.Length ? field[end + 1] : '\0' : null;
        int colon = end < 0 ? -1 : conversion is null ? end : end + 2;
        if (colon >= 0 && colon < field.Length && field[colon] != ':')
        {
            throw new JinjaFault($"'{{{field}}}' is not a field of format()");
        }
        object? value = Value(run, path, arguments, ref next);
        value = conversion switch
        {
            null => value,
            's' => JinjaValue.ToText(run, value),
            'r' => JinjaValue.Repr(run, value),
            'a' => PythonPercentFormat.Ascii(JinjaValue.Repr(run, value)),
            _ => throw new JinjaFault($"'!{conversion}' is not a conversion of format()"),
        };
        string spec = colon >= 0 && colon < field.Length
            ? Fill(run, field[(colon + 1)..], arguments, ref next, levels - 1).Text
            : "";
        return PythonFormatSpec.Parse(spec).Write(run, value);
    }

    /// <summary>Follows a path from an argument: members after dots, items in brackets.</summary>
    private static object? Value(JinjaRun run, string path, JinjaArguments arguments, ref int next)
    {
        int end = path.AsSpan().IndexOfAny('.', '[');
        string first = end < 0 ? path : path[..end];
        object? value = first.Length == 0 ? arguments.TakeRequired(next++, "")
            : int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? arguments.TakeRequired(index, "")
            : arguments.TakeRequired(int.MaxValue - 1, first);
        for (int at = end; at >= 0 && at < path.Length;)
        {
            if (path[at] == '[')
            {
                int close = path.IndexOf(']', at);
                string key = close > at ? path[(at + 1)..close] : throw new JinjaFault($"'{{{path}}}' is not a field of format()");
                value = JinjaValue.Item(run, value, long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
                    ? number : new JinjaString(key));
                at = close + 1;
            }
            else
            {
                int stop = path.AsSpan(at + 1).IndexOfAny('.', '[');
                stop = stop < 0 ? path.Length : at + 1 + stop;
                value = JinjaValue.Member(value, path[(at + 1)..stop]);
                at = stop;
            }
            if (value is JinjaUndefined undefined)
            {
                throw new JinjaFault(undefined.Message);
            }
        }
        return value;
    }
}
