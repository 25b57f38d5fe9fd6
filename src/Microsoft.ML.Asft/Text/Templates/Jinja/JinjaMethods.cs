using System.Globalization;

namespace Microsoft.ML.Asft.Text;

/// <summary>The methods of Python's text, lists and dictionaries that chat templates call. None changes its object.</summary>
internal static class JinjaMethods
{
    private delegate object? TextMethod(JinjaRun run, string self, JinjaArguments arguments);

    private static readonly Dictionary<string, TextMethod> OfText = new(StringComparer.Ordinal)
    {
        ["strip"] = (_, self, a) => PythonText.Trim(self, a.TakeTextOrNone(0, "chars")),
        ["lstrip"] = (_, self, a) => PythonText.TrimStart(self, a.TakeTextOrNone(0, "chars")),
        ["rstrip"] = (_, self, a) => PythonText.TrimEnd(self, a.TakeTextOrNone(0, "chars")),
        ["split"] = (run, self, a) => Parts(run, PythonText.Split(self, a.TakeTextOrNone(0, "sep"), a.TakeInteger(1, "maxsplit", -1))),
        ["startswith"] = (_, self, a) => AnyOf(a, part => self.StartsWith(part, StringComparison.Ordinal)),
        ["endswith"] = (_, self, a) => AnyOf(a, part => self.EndsWith(part, StringComparison.Ordinal)),
        ["removeprefix"] = (_, self, a) =>
            a.TakeText(0, "prefix") is var prefix && self.StartsWith(prefix, StringComparison.Ordinal) ? self[prefix.Length..] : self,
        ["removesuffix"] = (_, self, a) =>
            a.TakeText(0, "suffix") is var suffix && self.EndsWith(suffix, StringComparison.Ordinal) ? self[..^suffix.Length] : self,
        ["replace"] = (run, self, a) => Replace(run, self, a.TakeText(0, "old"), a.TakeText(1, "new"), a.TakeInteger(2, "count", -1)),
        ["upper"] = (_, self, _) => self.ToUpperInvariant(),
        ["lower"] = (_, self, _) => self.ToLowerInvariant(),
        ["capitalize"] = (_, self, _) => PythonText.Capitalize(self),
        ["find"] = (_, self, a) => Find(self, self.IndexOf(a.TakeText(0, "sub"), StringComparison.Ordinal)),
        ["count"] = (_, self, a) => (long)Occurrences(self, a.TakeText(0, "sub")),
        ["join"] = (run, self, a) => Join(run, JinjaValue.Iterate(run, a.TakeRequired(0, "iterable")), self, strict: true),
        ["format"] = Format,
    };

    /// <summary>Finds the method of a value, ready to call; null when it has none of that name.</summary>
    public static JinjaFunction? Find(object? value, string name) => value switch
    {
        string text when OfText.TryGetValue(name, out TextMethod? method) => new(name, (run, arguments) =>
        {
            run.SpendSearch(text, arguments.Positional);
            object? result = method(run, text, arguments);
            run.SpendText((result as string)?.Length ?? 0);
            return result;
        }),
        JinjaDictionary dictionary => OfDictionary(dictionary, name),
        IReadOnlyList<object?> list => OfList(list, name),
        _ => null,
    };

    public static string Replace(JinjaRun run, string text, string old, string replacement, long most)
    {
        most = most < 0 ? long.MaxValue : most;
        var replaced = new JinjaText(run);
        int start = 0;
        for (int at = 0; most > 0 && (at = text.IndexOf(old, at, StringComparison.Ordinal)) >= 0; most--)
        {
            run.Spend(1);
            replaced.Append(text[start..at]).Append(replacement);
            start = at + old.Length;
            at = start;
            if (old.Length == 0)
            {
                // Nothing stands between any two characters, and at both ends.
                if (at == text.Length)
                {
                    break;
                }
                at += at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
            }
        }
        return replaced.Append(text[start..]).ToString();
    }

    /// <summary>Joins the text of items; a strict join takes nothing but text, as Python's does and the filter does not.</summary>
    public static string Join(JinjaRun run, IReadOnlyList<object?> items, string separator, bool strict)
    {
        var joined = new JinjaText(run);
        for (int i = 0; i < items.Count; i++)
        {
            if (strict && items[i] is not string)
            {
                throw new JinjaFault($"join() takes text, not {JinjaValue.TypeName(items[i])}");
            }
            run.Spend(1);
            joined.Append(i > 0 ? separator : "").Append(JinjaValue.ToText(run, items[i]));
        }
        return joined.ToString();
    }

    /// <summary>Fills <c>{}</c>, <c>{0}</c> and <c>{name}</c>.</summary>
    private static string Format(JinjaRun run, string self, JinjaArguments arguments)
    {
        var text = new JinjaText(run);
        int next = 0;
        for (int at = 0; at < self.Length; at++)
        {
            if (self[at] is not ('{' or '}') || (at + 1 < self.Length && self[at + 1] == self[at]))
            {
                at += self[at] is '{' or '}' ? 1 : 0;
                text.Append(self[at].ToString());
                continue;
            }
            int close = self.IndexOf('}', at);
            string field = close > at ? self[(at + 1)..close] : throw new JinjaFault("format() met a brace without its other half");
            text.Append(JinjaValue.ToText(run, field.Length == 0 ? arguments.TakeRequired(next++, "")
                : int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? arguments.TakeRequired(index, "")
                : field.All(c => char.IsLetterOrDigit(c) || c == '_') ? arguments.TakeRequired(int.MaxValue - 1, field)
                : throw JinjaFault.NotSupported($"'{{{field}}}' in format()")));
            at = close;
        }
        arguments.TakeAll();
        return text.ToString();
    }

    private static JinjaFunction? OfDictionary(JinjaDictionary dictionary, string name) => name switch
    {
        "get" => new(name, (_, a) => (a.TakeRequired(0, "key"), a.Take(1, "default")) is var (key, absent)
            && JinjaValue.IsKey(key) && dictionary.TryGetValue(key, out object? value) ? value : absent),
        "items" => new(name, (run, _) => Parts(run, [.. dictionary.Select(pair => new[] { pair.Key, pair.Value })])),
        "keys" => new(name, (run, _) => Parts(run, [.. dictionary.Keys])),
        "values" => new(name, (run, _) => Parts(run, [.. dictionary.Values])),
        _ => null,
    };

    private static JinjaFunction? OfList(IReadOnlyList<object?> list, string name) => name switch
    {
        "count" => new(name, (run, a) =>
        {
            object? value = a.TakeRequired(0, "value");
            return (long)list.Count(item => JinjaValue.AreEqual(run, item, value));
        }),
        "append" or "extend" or "insert" or "pop" or "remove" or "clear" or "sort" or "reverse" =>
            throw JinjaFault.NotSupported($"changing a list, {name}(),"),
        _ => null,
    };

    private static List<object?> Parts(JinjaRun run, List<object?> parts)
    {
        run.Spend(parts.Count);
        return parts;
    }

    private static bool AnyOf(JinjaArguments arguments, Func<string, bool> matches) =>
        arguments.TakeRequired(0, "prefix") is object?[] several
            ? several.OfType<string>().Any(matches)
            : matches(arguments.TakeText(0, "prefix"));

    private static long Find(string text, int offset) => offset < 0 ? -1 : PythonText.Length(text[..offset]);

    private static int Occurrences(string text, string part)
    {
        if (part.Length == 0)
        {
            return PythonText.Length(text) + 1;
        }
        int count = 0;
        for (int at = 0; (at = text.IndexOf(part, at, StringComparison.Ordinal)) >= 0; at += part.Length)
        {
            count++;
        }
        return count;
    }
}
