using System.Globalization;

namespace Microsoft.ML.Asft.Text;

/// <summary>What stands behind <c>|</c>: Jinja's filters as far as chat templates use them.</summary>
internal static class JinjaFilters
{
    private delegate object? Filter(JinjaRun run, object? value, JinjaArguments arguments);

    private static readonly Dictionary<string, Filter> Filters = new(StringComparer.Ordinal)
    {
        ["capitalize"] = (run, value, _) => PythonText.Capitalize(JinjaValue.ToText(run, value)),
        ["count"] = (run, value, _) => Count(run, value),
        ["d"] = (_, value, a) => Default(value, a),
        ["default"] = (_, value, a) => Default(value, a),
        ["dictsort"] = (run, value, a) => SortDictionary(run, value, a),
        ["first"] = (run, value, _) => JinjaValue.Iterate(run, value) is [var first, ..] ? first : new JinjaUndefined("there is no item"),
        ["float"] = (_, value, a) => ToFloat(value, a.Take(0, "default", 0.0)),
        ["indent"] = (run, value, a) => Indent(run, JinjaValue.ToText(run, value), a),
        ["int"] = (_, value, a) => ToInteger(value, a.Take(0, "default", 0L)),
        ["items"] = (run, value, _) => value is JinjaUndefined ? new JinjaGenerator([]) : new JinjaGenerator(Pairs(run, value)),
        ["join"] = (run, value, a) => JinjaMethods.Join(
            run, Attributes(run, JinjaValue.Iterate(run, value), a.Take(1, "attribute")), a.TakeText(0, "d", ""), strict: false),
        ["last"] = (run, value, _) => JinjaValue.Iterate(run, value) is [.., var last] ? last : new JinjaUndefined("there is no item"),
        ["length"] = (run, value, _) => Count(run, value),
        ["list"] = (run, value, _) => new List<object?>(JinjaValue.Iterate(run, value)),
        ["lower"] = (run, value, _) => JinjaValue.ToText(run, value).ToLowerInvariant(),
        ["map"] = Map,
        ["max"] = (run, value, a) => Extreme(run, value, a, wanted: 1),
        ["min"] = (run, value, a) => Extreme(run, value, a, wanted: -1),
        ["reject"] = (run, value, a) => Select(run, value, a, wanted: false),
        ["rejectattr"] = (run, value, a) => SelectByAttribute(run, value, a, wanted: false),
        ["replace"] = (run, value, a) => Replace(run, JinjaValue.ToText(run, value), a),
        ["reverse"] = (run, value, _) => Reverse(run, value),
        ["safe"] = (run, value, _) => JinjaValue.ToText(run, value),
        ["select"] = (run, value, a) => Select(run, value, a, wanted: true),
        ["selectattr"] = (run, value, a) => SelectByAttribute(run, value, a, wanted: true),
        ["sort"] = Sort,
        ["string"] = (run, value, _) => JinjaValue.ToText(run, value),
        ["tojson"] = (run, value, a) => JinjaJson.Write(run, value, a),
        ["trim"] = (run, value, a) => PythonText.Trim(JinjaValue.ToText(run, value), a.TakeTextOrNone(0, "chars")),
        ["unique"] = Unique,
        ["upper"] = (run, value, _) => JinjaValue.ToText(run, value).ToUpperInvariant(),
    };

    public static object? Apply(JinjaRun run, string name, object? value, JinjaArguments arguments)
    {
        if (!Filters.TryGetValue(name, out Filter? filter))
        {
            throw JinjaFault.NotSupported($"the filter '{name}'");
        }
        run.Enter();
        run.SpendReading(value);
        object? result = filter(run, value, arguments);
        run.SpendText((result as string)?.Length ?? 0);
        arguments.RefuseUnused(name);
        return result;
    }

    private static long Count(JinjaRun run, object? value) =>
        JinjaValue.Count(run, value) ?? throw new JinjaFault($"{JinjaValue.TypeName(value)} has no length");

    private static object? Default(object? value, JinjaArguments arguments)
    {
        object? other = arguments.Take(0, "default_value", "");
        bool whenFalse = arguments.TakeFlag(1, "boolean");
        return value is JinjaUndefined || (whenFalse && !JinjaValue.IsTrue(value)) ? other : value;
    }

    private static List<object?> Pairs(JinjaRun run, object? value)
    {
        run.Spend(1);
        return value is JinjaDictionary dictionary
            ? [.. dictionary.Select(pair => new[] { pair.Key, pair.Value })]
            : throw new JinjaFault($"items needs a mapping, not {JinjaValue.TypeName(value)}");
    }

    private static object SortDictionary(JinjaRun run, object? value, JinjaArguments arguments)
    {
        bool caseSensitive = arguments.TakeFlag(0, "case_sensitive");
        int by = arguments.TakeText(1, "by", "key") == "value" ? 1 : 0;
        return Sorted(run, Pairs(run, value), pair => ((object?[])pair!)[by], caseSensitive, arguments.TakeFlag(2, "reverse"));
    }

    private static object Sort(JinjaRun run, object? value, JinjaArguments arguments)
    {
        bool reverse = arguments.TakeFlag(0, "reverse");
        bool caseSensitive = arguments.TakeFlag(1, "case_sensitive");
        object? attribute = arguments.Take(2, "attribute");
        return Sorted(run, JinjaValue.Iterate(run, value), item => Attribute(run, item, attribute), caseSensitive, reverse);
    }

    private static List<object?> Sorted(
        JinjaRun run, IReadOnlyList<object?> items, Func<object?, object?> key, bool caseSensitive, bool reverse)
    {
        Comparer<object?> order = Comparer<object?>.Create((left, right) => JinjaValue.Compare(run, left, right));
        object? Key(object? item) => Folded(key(item), caseSensitive);
        try
        {
            // LINQ's sorting is stable in either direction, as Python's is.
            return [.. reverse ? items.OrderByDescending(Key, order) : items.OrderBy(Key, order)];
        }
        catch (InvalidOperationException error) when (error.InnerException is JinjaFault fault)
        {
            throw fault;
        }
    }

    private static object? Extreme(JinjaRun run, object? value, JinjaArguments arguments, int wanted)
    {
        bool caseSensitive = arguments.TakeFlag(0, "case_sensitive");
        object? attribute = arguments.Take(1, "attribute");
        IReadOnlyList<object?> items = JinjaValue.Iterate(run, value);
        object? Key(object? item) => Folded(Attribute(run, item, attribute), caseSensitive);
        return items.Count == 0
            ? new JinjaUndefined("there is no item")
            : items.Aggregate((best, item) => Math.Sign(JinjaValue.Compare(run, Key(item), Key(best))) == wanted ? item : best);
    }

    private static object Unique(JinjaRun run, object? value, JinjaArguments arguments)
    {
        bool caseSensitive = arguments.TakeFlag(0, "case_sensitive");
        object? attribute = arguments.Take(1, "attribute");
        var unique = new List<object?>();
        var keys = new List<object?>();
        foreach (object? item in JinjaValue.Iterate(run, value))
        {
            object? key = Folded(Attribute(run, item, attribute), caseSensitive);
            if (!keys.Exists(other => JinjaValue.AreEqual(run, other, key)))
            {
                keys.Add(key);
                unique.Add(item);
            }
        }
        return new JinjaGenerator(unique);
    }

    private static object Map(JinjaRun run, object? value, JinjaArguments arguments)
    {
        IReadOnlyList<object?> items = IterateIfAny(run, value);
        if (arguments.Named.ContainsKey("attribute"))
        {
            object? attribute = arguments.Take(0, "attribute");
            bool hasDefault = arguments.Has(1, "default");
            object? absent = arguments.Take(1, "default");
            return new JinjaGenerator([.. items.Select(item =>
                Attribute(run, item, attribute) is var member && member is JinjaUndefined && hasDefault ? absent : member)]);
        }
        string name = arguments.TakeText(0, "filter");
        JinjaArguments rest = arguments.After(1);
        arguments.TakeAll();
        return new JinjaGenerator([.. items.Select(item => Apply(run, name, item, rest))]);
    }

    private static object Select(JinjaRun run, object? value, JinjaArguments arguments, bool wanted) =>
        Chosen(run, IterateIfAny(run, value), arguments, 0, item => item, wanted);

    private static object SelectByAttribute(JinjaRun run, object? value, JinjaArguments arguments, bool wanted)
    {
        object? attribute = arguments.TakeRequired(0, "attribute");
        return Chosen(run, IterateIfAny(run, value), arguments, 1, item => Attribute(run, item, attribute), wanted);
    }

    private static JinjaGenerator Chosen(
        JinjaRun run, IReadOnlyList<object?> items, JinjaArguments arguments, int position, Func<object?, object?> tested, bool wanted)
    {
        string? test = arguments.Has(position, "test") ? arguments.TakeText(position, "test") : null;
        JinjaArguments rest = arguments.After(position + 1);
        arguments.TakeAll();
        return new([.. items.Where(item => wanted == (test is null
            ? JinjaValue.IsTrue(tested(item))
            : JinjaTests.Apply(run, test, tested(item), rest)))]);
    }

    private static string Replace(JinjaRun run, string text, JinjaArguments arguments)
    {
        string old = JinjaValue.ToText(run, arguments.TakeRequired(0, "old"));
        string replacement = JinjaValue.ToText(run, arguments.TakeRequired(1, "new"));
        run.SpendSearch(text, [old]);
        return JinjaMethods.Replace(run, text, old, replacement, arguments.Take(2, "count") is { } count ? JinjaValue.Whole(count) : -1);
    }

    private static object Reverse(JinjaRun run, object? value)
    {
        List<object?> reversed = [.. JinjaValue.Iterate(run, value).Reverse()];
        return value is string ? string.Concat(reversed) : new JinjaGenerator(reversed);
    }

    private static string Indent(JinjaRun run, string text, JinjaArguments arguments)
    {
        object? width = arguments.Take(0, "width", 4L);
        bool first = arguments.TakeFlag(1, "first");
        bool blank = arguments.TakeFlag(2, "blank");
        var indented = new JinjaText(run);
        bool isFirst = true;
        foreach (string line in text.Split('\n'))
        {
            indented.Append(isFirst ? "" : "\n");
            if (isFirst ? first : blank || line.Length > 0)
            {
                _ = width is string prefix ? indented.Append(prefix) : indented.AppendBlanks(JinjaValue.Whole(width));
            }
            indented.Append(line);
            isFirst = false;
        }
        return indented.ToString();
    }

    private static object? ToInteger(object? value, object? absent) => value switch
    {
        long or bool => JinjaValue.Whole(value),
        double real when Math.Abs(real) < long.MaxValue => (long)real,
        string text when long.TryParse(text.AsSpan().Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole) =>
            whole,
        string text when ToFloat(text, null) is double real && Math.Abs(real) < long.MaxValue => (long)real,
        _ => absent,
    };

    private static object? ToFloat(object? value, object? absent) =>
        JinjaValue.TryNumber(value, out double number)
        || (value is string text && double.TryParse(PythonText.Trim(text), NumberStyles.Float, CultureInfo.InvariantCulture, out number))
            ? number
            : absent;

    /// <summary>Jinja's choosing filters take anything false, None even, as nothing to go through.</summary>
    private static IReadOnlyList<object?> IterateIfAny(JinjaRun run, object? value) =>
        JinjaValue.IsTrue(value) ? JinjaValue.Iterate(run, value) : [];

    private static object? Folded(object? key, bool caseSensitive) => key is string text && !caseSensitive ? text.ToLowerInvariant() : key;

    private static IReadOnlyList<object?> Attributes(JinjaRun run, IReadOnlyList<object?> items, object? attribute) =>
        attribute is null ? items : [.. items.Select(item => Attribute(run, item, attribute))];

    /// <summary>Follows a path of members, <c>a.b.0</c>, as filters name them.</summary>
    private static object? Attribute(JinjaRun run, object? item, object? path)
    {
        run.Enter();
        return path switch
        {
            null => item,
            string text => text.Split('.').Aggregate(item, (owner, part) => JinjaValue.Item(run, owner, Key(part))),
            _ => JinjaValue.Item(run, item, path),
        };

        static object Key(string part) =>
            long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long index) ? index : part;
    }
}
