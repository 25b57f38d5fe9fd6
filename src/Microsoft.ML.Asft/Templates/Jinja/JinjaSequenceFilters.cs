namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The filters that sort, group, cut and count sequences.</summary>
internal static class JinjaSequenceFilters
{
    public static long Count(JinjaRun run, object? value) =>
        JinjaValue.Count(run, value) ?? throw new JinjaFault($"{JinjaValue.TypeName(value)} has no length");

    public static object? First(JinjaRun run, object? value)
    {
        if (value is JinjaGenerator generator)
        {
            return generator.TryTake(out object? item) ? item : NoItem();
        }
        return JinjaValue.Iterate(run, value) is [var first, ..] ? first : NoItem();
    }

    public static object? Last(JinjaRun run, object? value) => value is JinjaGenerator
        ? throw new JinjaFault("the last item of a generator is not known; make a list of it")
        : JinjaValue.Iterate(run, value) is [.., var last] ? last : NoItem();

    public static List<object?> Pairs(JinjaRun run, object? value)
    {
        run.Spend(1);
        return value is JinjaDictionary dictionary
            ? JinjaMethods.Pairs(dictionary)
            : throw new JinjaFault($"a mapping is needed, not {JinjaValue.TypeName(value)}");
    }

    public static object SortDictionary(JinjaRun run, object? value, JinjaArguments arguments)
    {
        bool caseSensitive = arguments.TakeFlag(0, "case_sensitive");
        int by = arguments.TakeText(1, "by", "key") switch
        {
            "key" => 0,
            "value" => 1,
            _ => throw new JinjaFault("dictsort sorts by 'key' or by 'value'"),
        };
        return Sorted(
            run, Pairs(run, value), pair => JinjaAttributes.Folded(((object?[])pair!)[by], caseSensitive), arguments.TakeFlag(2, "reverse"));
    }

    public static object Sort(JinjaRun run, object? value, JinjaArguments arguments)
    {
        bool reverse = arguments.TakeFlag(0, "reverse");
        bool caseSensitive = arguments.TakeFlag(1, "case_sensitive");
        object? attribute = arguments.Take(2, "attribute");
        return Sorted(run, JinjaValue.Iterate(run, value), item => JinjaAttributes.SortKey(run, item, attribute, caseSensitive), reverse);
    }

    public static object GroupBy(JinjaRun run, object? value, JinjaArguments arguments)
    {
        object? attribute = arguments.TakeRequired(0, "attribute");
        object? absent = arguments.Take(1, "default");
        bool caseSensitive = arguments.TakeFlag(2, "case_sensitive");
        object? Raw(object? item) => JinjaAttributes.Follow(run, item, attribute, absent);
        object? Key(object? item) => JinjaAttributes.Folded(Raw(item), caseSensitive);
        var groups = new List<object?>();
        object? last = null;
        foreach (object? item in Sorted(run, JinjaValue.Iterate(run, value), Key, reverse: false))
        {
            object? key = Key(item);
            if (groups.Count > 0 && JinjaValue.AreEqual(run, last, key))
            {
                ((JinjaGroup)groups[^1]!).List.Add(item);
            }
            else
            {
                groups.Add(new JinjaGroup(Raw(item), [item]));
            }
            last = key;
        }
        return groups;
    }

    public static object Extreme(JinjaRun run, object? value, JinjaArguments arguments, int wanted)
    {
        bool caseSensitive = arguments.TakeFlag(0, "case_sensitive");
        object? attribute = arguments.Take(1, "attribute");
        IReadOnlyList<object?> items = JinjaValue.Iterate(run, value);
        object? Key(object? item) => JinjaAttributes.Folded(JinjaAttributes.Follow(run, item, attribute), caseSensitive);
        return items.Count == 0
            ? NoItem()
            : items.Aggregate((best, item) => Math.Sign(JinjaValue.Compare(run, Key(item), Key(best))) == wanted ? item : best)!;
    }

    public static object Unique(JinjaRun run, object? value, JinjaArguments arguments)
    {
        bool caseSensitive = arguments.TakeFlag(0, "case_sensitive");
        object? attribute = arguments.Take(1, "attribute");
        var unique = new List<object?>();
        var keys = new List<object?>();
        foreach (object? item in JinjaValue.Iterate(run, value))
        {
            object? key = JinjaAttributes.Folded(JinjaAttributes.Follow(run, item, attribute), caseSensitive);
            if (!keys.Exists(other => JinjaValue.AreEqual(run, other, key)))
            {
                keys.Add(key);
                unique.Add(item);
            }
        }
        return new JinjaGenerator(unique);
    }

    public static object? Sum(JinjaRun run, object? value, JinjaArguments arguments)
    {
        object? attribute = arguments.Take(0, "attribute");
        return JinjaAttributes.All(run, JinjaValue.Iterate(run, value), attribute)
            .Aggregate(arguments.Take(1, "start", 0L), (sum, item) => sum is JinjaString
                ? throw new JinjaFault("sum() adds no texts") : JinjaArithmetic.Add(run, sum, item));
    }

    /// <summary>Splits a sequence into a number of columns. If they are uneven, the first columns are longer.</summary>
    public static object Slice(JinjaRun run, object? value, JinjaArguments arguments)
    {
        IReadOnlyList<object?> items = JinjaValue.Iterate(run, value);
        long slices = arguments.TakeInteger(0, "slices", 0);
        object? filling = arguments.Take(1, "fill_with");
        if (slices <= 0)
        {
            return slices == 0 ? throw new JinjaFault("slice needs a number of slices above zero") : new JinjaGenerator([]);
        }
        run.Spend(slices);
        (long size, long longer) = Math.DivRem(items.Count, slices);
        var columns = new List<object?>();
        for (long i = 0; i < slices; i++)
        {
            long start = (i * size) + Math.Min(i, longer);
            List<object?> column = [.. items.Skip((int)start).Take((int)(size + (i < longer ? 1 : 0)))];
            if (filling is not null && i >= longer)
            {
                column.Add(filling);
            }
            columns.Add(column);
        }
        return new JinjaGenerator(columns);
    }

    /// <summary>Splits a sequence into rows with a given number of items.</summary>
    public static object Batch(JinjaRun run, object? value, JinjaArguments arguments)
    {
        long size = arguments.TakeInteger(0, "linecount", 0);
        object? filling = arguments.Take(1, "fill_with");
        if (size <= 0)
        {
            throw new JinjaFault("batch needs a number of items above zero");
        }
        List<object?> rows = [.. JinjaValue.Iterate(run, value).Chunk((int)Math.Min(size, int.MaxValue)).Select(row => new List<object?>(row))];
        if (filling is not null && rows is [.., List<object?> last])
        {
            run.Spend(size);
            last.AddRange(Enumerable.Repeat(filling, (int)(size - last.Count)));
        }
        return new JinjaGenerator(rows);
    }

    public static object Reverse(JinjaRun run, object? value, JinjaArguments arguments)
    {
        List<object?> reversed = [.. JinjaValue.Iterate(run, value).Reverse()];
        return value is JinjaString ? JinjaMethods.Join(run, reversed, JinjaString.Empty, strict: true) : new JinjaGenerator(reversed);
    }

    private static List<object?> Sorted(JinjaRun run, IReadOnlyList<object?> items, Func<object?, object?> key, bool reverse)
    {
        Comparer<object?> order = Comparer<object?>.Create((left, right) => JinjaValue.Compare(run, left, right));
        try
        {
            // LINQ's sorting is stable in either direction, like Python's.
            return [.. reverse ? items.OrderByDescending(key, order) : items.OrderBy(key, order)];
        }
        catch (InvalidOperationException error) when (error.InnerException is JinjaFault fault)
        {
            throw fault;
        }
    }

    private static JinjaUndefined NoItem() => new("there is no item");
}
