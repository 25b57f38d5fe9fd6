namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The methods of Python's text, lists, tuples, dictionaries and numbers.</summary>
internal static class JinjaMethods
{
    /// <summary>Finds the bound method of a value; null if it has none of that name.</summary>
    public static JinjaFunction? Find(object? value, string name) => value switch
    {
        JinjaString text => JinjaTextMethods.Find(text, name),
        JinjaDictionary dictionary => OfDictionary(dictionary, name),
        IReadOnlyList<object?> list => OfList(list, name),
        double real when name == "is_integer" => new(name, (_, _) => double.IsFinite(real) && real == Math.Floor(real)),
        long whole when name == "bit_length" => new(name, (_, _) =>
            (long)(whole == long.MinValue ? 64 : 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)Math.Abs(whole)))),
        _ => null,
    };

    /// <summary>Joins the text of items. A strict join accepts only text, like Python's and unlike the filter.</summary>
    public static JinjaString Join(JinjaRun run, IReadOnlyList<object?> items, JinjaString separator, bool strict)
    {
        var joined = new JinjaStringBuilder(run);
        for (int i = 0; i < items.Count; i++)
        {
            if (strict && items[i] is not JinjaString)
            {
                throw new JinjaFault($"join() takes text, not {JinjaValue.TypeName(items[i])}");
            }
            run.Spend(1);
            joined.Append(i > 0 ? separator : JinjaString.Empty).Append(JinjaValue.ToText(run, items[i]));
        }
        return joined.ToJinja();
    }

    public static List<object?> Pairs(JinjaDictionary dictionary) =>
        [.. dictionary.Select(pair => new[] { pair.Key, pair.Value })];

    private static JinjaFunction? OfDictionary(JinjaDictionary dictionary, string name) => name switch
    {
        "get" => new(name, (_, a) => (a.TakeRequired(0, "key"), a.Take(1, "default")) is var (key, absent)
            && JinjaValue.IsKey(key) && dictionary.TryGetValue(key, out object? value) ? value : absent),
        "items" => new(name, (run, _) => View(run, "dict_items", Pairs(dictionary))),
        "keys" => new(name, (run, _) => View(run, "dict_keys", [.. dictionary.Keys])),
        "values" => new(name, (run, _) => View(run, "dict_values", [.. dictionary.Values])),
        "copy" => new(name, (run, _) =>
        {
            run.Spend(dictionary.Count);
            var copy = new JinjaDictionary { Source = dictionary.Source };
            foreach ((object key, object? value) in dictionary)
            {
                copy.Add(key, value);
            }
            return copy;
        }),
        "clear" or "pop" or "popitem" or "setdefault" or "update" => throw Changing("dictionary", name),
        _ => null,
    };

    private static JinjaFunction? OfList(IReadOnlyList<object?> list, string name) => name switch
    {
        "count" => new(name, (run, a) =>
        {
            object? value = a.TakeRequired(0, "value");
            return (long)list.Count(item => JinjaValue.AreEqual(run, item, value));
        }),
        "index" => new(name, (run, a) =>
        {
            object? value = a.TakeRequired(0, "value");
            (int start, int stop) = PythonText.Bounds(list.Count, a.TakeIntegerOrNone(1, "start"), a.TakeIntegerOrNone(2, "stop"));
            for (int i = start; i < stop; i++)
            {
                if (JinjaValue.AreEqual(run, list[i], value))
                {
                    return (long)i;
                }
            }
            throw new JinjaFault($"{JinjaValue.Repr(run, value)} is not in the list");
        }),
        "copy" when list is List<object?> => new(name, (run, _) =>
        {
            run.Spend(list.Count);
            return list is JinjaSourceList own ? new JinjaSourceList(own.Source, own) : new List<object?>(list);
        }),
        // Jinja's sandbox allows only these two of the methods that change a list.
        "pop" when list is List<object?> items => new(name, (_, a) =>
        {
            long at = a.TakeInteger(0, "index", -1);
            at = at < 0 ? at + items.Count : at;
            object? item = at >= 0 && at < items.Count ? items[(int)at] : throw new JinjaFault("the index of pop() is not in the list");
            items.RemoveAt((int)at);
            return item;
        }),
        "clear" when list is List<object?> items => new(name, (_, _) =>
        {
            items.Clear();
            return null;
        }),
        "append" or "extend" or "insert" or "remove" or "sort" or "reverse" when list is List<object?> => throw Changing("list", name),
        _ => null,
    };

    private static JinjaFault Changing(string what, string name) => new($"the sandbox of chat templates allows no changes to a {what}: {name}()");

    private static JinjaView View(JinjaRun run, string name, List<object?> items)
    {
        run.Spend(items.Count);
        return new(name, items);
    }
}
