namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The global functions of a chat template: Jinja's, and those that transformers adds.</summary>
internal static class JinjaFunctions
{
    // As in Jinja's sandbox.
    private const int LongestRange = 100_000;

    private static readonly Dictionary<string, JinjaFunction> Functions = new[]
    {
        new JinjaFunction("range", Range),
        new JinjaFunction("namespace", (_, a) => new JinjaNamespace(Members(a))),
        new JinjaFunction("dict", (_, a) => Members(a)),
        new JinjaFunction("cycler", (_, a) => Cycler([.. a.TakeAll()])),
        new JinjaFunction("joiner", (_, a) => Joiner(a.TakeString(0, "sep", ", "))),
        new JinjaFunction("lipsum", (_, _) => throw JinjaFault.NotSupported("lipsum(), which returns random text,")),
        new JinjaFunction("raise_exception", (_, a) => throw new JinjaFault(a.TakeText(0, "message"))),
        new JinjaFunction("strftime_now", (run, a) => new JinjaString(PythonTime.Format(run.Now, a.TakeText(0, "format")))),
    }.ToDictionary(function => function.Name, StringComparer.Ordinal);

    public static JinjaFunction? Find(string name) => Functions.GetValueOrDefault(name);

    private static List<object?> Range(JinjaRun run, JinjaArguments arguments)
    {
        bool hasStart = arguments.Has(1, "stop");
        long first = arguments.TakeInteger(0, "start", 0);
        (long start, long stop) = hasStart ? (first, arguments.TakeInteger(1, "stop", 0)) : (0, first);
        long step = arguments.TakeInteger(2, "step", 1);
        if (step == 0)
        {
            throw new JinjaFault("range() needs a step other than zero");
        }
        var numbers = new List<object?>();
        for (Int128 i = start; step > 0 ? i < stop : i > stop; i += step)
        {
            if (numbers.Count == LongestRange)
            {
                throw new JinjaFault($"range() gives at most {LongestRange:N0} numbers");
            }
            run.Spend(1);
            numbers.Add((long)i);
        }
        return numbers;
    }

    private static JinjaDictionary Members(JinjaArguments arguments)
    {
        var members = new JinjaDictionary();
        switch (arguments.Take(0, "mapping"))
        {
            case null:
                break;
            case JinjaDictionary mapping:
                foreach ((object name, object? value) in mapping)
                {
                    ((OrderedDictionary<object, object?>)members)[name] = value;
                }
                break;
            case IReadOnlyList<object?> pairs when pairs.All(pair => pair is IReadOnlyList<object?> { Count: 2 } two && JinjaValue.IsKey(two[0])):
                foreach (IReadOnlyList<object?> pair in pairs.Cast<IReadOnlyList<object?>>())
                {
                    ((OrderedDictionary<object, object?>)members)[pair[0]!] = pair[1];
                }
                break;
            case var other:
                throw new JinjaFault($"a mapping is needed, not {JinjaValue.TypeName(other)}");
        }
        foreach ((string name, object? value) in arguments.Named)
        {
            members[name] = value;
        }
        arguments.TakeAll();
        return members;
    }

    private static JinjaFunction Cycler(List<object?> items)
    {
        int at = 0;
        return items.Count == 0 ? throw new JinjaFault("cycler() needs items") : new(
            "cycler", (_, _) => throw new JinjaFault("a cycler is not called; its next() is"))
        {
            Member = name => name switch
            {
                "current" => items[at],
                "next" => new JinjaFunction(name, (_, _) =>
                {
                    object? item = items[at];
                    at = (at + 1) % items.Count;
                    return item;
                }),
                "reset" => new JinjaFunction(name, (_, _) =>
                {
                    at = 0;
                    return null;
                }),
                _ => null,
            },
        };
    }

    private static JinjaFunction Joiner(JinjaString separator)
    {
        bool isUsed = false;
        return new("joiner", (_, _) =>
        {
            (JinjaString text, isUsed) = (isUsed ? separator : JinjaString.Empty, true);
            return text;
        });
    }
}
