namespace Microsoft.ML.Asft.Text;

/// <summary>Jinja's operators between two values. Whole numbers have 64 bits here; what goes beyond overflows.</summary>
internal static class JinjaArithmetic
{
    // What is repeated may be any length, and each copy of it is memory at once.
    private const int LongestRepetition = 1 << 20;

    public static object? Apply(JinjaRun run, string operation, object? left, object? right) => operation switch
    {
        "==" => JinjaValue.AreEqual(run, left, right),
        "!=" => !JinjaValue.AreEqual(run, left, right),
        "<" => JinjaValue.Compare(run, left, right) < 0,
        "<=" => JinjaValue.Compare(run, left, right) <= 0,
        ">" => JinjaValue.Compare(run, left, right) > 0,
        ">=" => JinjaValue.Compare(run, left, right) >= 0,
        "in" => JinjaValue.Contains(run, right, left),
        "not in" => !JinjaValue.Contains(run, right, left),
        "~" => new JinjaText(run).Append(JinjaValue.ToText(run, left)).Append(JinjaValue.ToText(run, right)).ToString(),
        "+" => Add(run, left, right),
        "*" when left is string or List<object?> or object?[] => Repeat(run, left, JinjaValue.Whole(right)),
        "*" when right is string or List<object?> or object?[] => Repeat(run, right, JinjaValue.Whole(left)),
        "%" when left is string => throw JinjaFault.NotSupported("formatting with '%'"),
        _ => Calculate(operation, left, right),
    };

    public static object? Add(JinjaRun run, object? left, object? right)
    {
        switch (left, right)
        {
            case (string a, string b):
                return new JinjaText(run).Append(a).Append(b).ToString();
            case (List<object?> a, List<object?> b):
                run.Spend(a.Count + b.Count);
                return new List<object?>([.. a, .. b]);
            case (object?[] a, object?[] b):
                run.Spend(a.Length + b.Length);
                return new object?[][] { a, b }.SelectMany(part => part).ToArray();
            default:
                return Calculate("+", left, right);
        }
    }

    public static object Negate(object? value) => value is double real ? (object)-real : checked(-JinjaValue.Whole(value));

    private static object Repeat(JinjaRun run, object value, long times)
    {
        times = Math.Max(0, times);
        int length = value is string whole ? whole.Length : ((IReadOnlyList<object?>)value).Count;
        if (length > 0 && times > LongestRepetition / length)
        {
            throw new JinjaFault($"it repeats something to more than {LongestRepetition:N0} parts, which no chat template should");
        }
        if (value is string text)
        {
            run.SpendText(times > int.MaxValue ? long.MaxValue : times * text.Length);
            return string.Concat(Enumerable.Repeat(text, text.Length == 0 ? 0 : (int)times));
        }
        var items = (IReadOnlyList<object?>)value;
        run.Spend(times > int.MaxValue ? long.MaxValue : times * items.Count);
        var repeated = new List<object?>();
        for (long i = 0; i < (items.Count == 0 ? 0 : times); i++)
        {
            repeated.AddRange(items);
        }
        return value is object?[] ? repeated.ToArray() : repeated;
    }

    private static object Calculate(string operation, object? left, object? right)
    {
        if (!JinjaValue.TryNumber(left, out double x) || !JinjaValue.TryNumber(right, out double y))
        {
            throw (left as JinjaUndefined ?? right as JinjaUndefined) is { } undefined
                ? new JinjaFault(undefined.Message)
                : new JinjaFault($"'{operation}' is not between {JinjaValue.TypeName(left)} and {JinjaValue.TypeName(right)}");
        }
        if (y == 0 && operation is "/" or "//" or "%")
        {
            throw new JinjaFault("division by zero");
        }
        if (operation == "/" || left is double || right is double)
        {
            return operation switch
            {
                "+" => x + y,
                "-" => x - y,
                "*" => x * y,
                "/" => x / y,
                "//" => Math.Floor(x / y),
                _ => x - (y * Math.Floor(x / y)),
            };
        }
        (long a, long b) = (JinjaValue.Whole(left), JinjaValue.Whole(right));
        return checked(operation switch
        {
            "+" => (object)(a + b),
            "-" => a - b,
            "*" => a * b,
            "//" => (a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0),
            _ => ((a % b) + b) % b,
        });
    }
}
