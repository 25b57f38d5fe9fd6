namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Jinja's binary operators. Integers have 64 bits here; beyond that they overflow.</summary>
internal static class JinjaArithmetic
{
    // A repeated value may have any length, and every copy takes memory immediately.
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
        "~" => new JinjaStringBuilder(run).Append(JinjaValue.ToText(run, left)).Append(JinjaValue.ToText(run, right)).ToJinja(),
        "+" => Add(run, left, right),
        "*" when left is JinjaString or List<object?> or object?[] => Repeat(run, left, JinjaValue.Whole(right)),
        "*" when right is JinjaString or List<object?> or object?[] => Repeat(run, right, JinjaValue.Whole(left)),
        "%" when left is JinjaString text => text.IsMarkup
            ? throw JinjaFault.NotSupported("formatting the result of the filters 'safe' and 'escape'")
            : PythonPercentFormat.Apply(run, text, right),
        _ => Calculate(operation, left, right),
    };

    public static object? Add(JinjaRun run, object? left, object? right)
    {
        switch (left, right)
        {
            case (JinjaString a, JinjaString b):
                return a.IsMarkup || b.IsMarkup
                    ? new JinjaStringBuilder(run).Append(Escaped(run, a)).Append(Escaped(run, b)).ToJinja().AsMarkup()
                    : new JinjaStringBuilder(run).Append(a).Append(b).ToJinja();
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
        int length = value is JinjaString whole ? whole.Length : ((IReadOnlyList<object?>)value).Count;
        if (length > 0 && times > LongestRepetition / length)
        {
            throw new JinjaFault($"it repeats something to more than {LongestRepetition:N0} parts, which no chat template should");
        }
        if (value is JinjaString text)
        {
            run.SpendText(times > int.MaxValue ? long.MaxValue : times * text.Length);
            var copies = new JinjaStringBuilder(run);
            for (long i = 0; i < (text.Length == 0 ? 0 : times); i++)
            {
                copies.Append(text);
            }
            return copies.ToJinja();
        }
        var items = (IReadOnlyList<object?>)value;
        run.Spend(times > int.MaxValue ? long.MaxValue : times * items.Count);
        var repeated = new List<object?>();
        for (long i = 0; i < (items.Count == 0 ? 0 : times); i++)
        {
            repeated.AddRange(items);
        }
        return value is object?[]? repeated.ToArray() : repeated;
    }

    /// <summary>Python's Markup escapes text that is added to it; printing and '~' do not.</summary>
    private static JinjaString Escaped(JinjaRun run, JinjaString text) => JinjaMarkupFilters.Escape(run, text, force: false);

    private static object? Calculate(string operation, object? left, object? right)
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
        if (operation == "**")
        {
            return Power(left, right, x, y);
        }
        if (operation == "/" || left is double || right is double)
        {
            return operation switch
            {
                "+" => x + y,
                "-" => x - y,
                "*" => x * y,
                "/" => x / y,
                "//" => FloorQuotient(x, y),
                _ => Remainder(x, y),
            };
        }
        (long a, long b) = (JinjaValue.Whole(left), JinjaValue.Whole(right));
        return checked(operation switch
        {
            "+" => (object)(a + b),
            "-" => a - b,
            "*" => a * b,
            "//" => (a / b) - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0),
            _ => a == long.MinValue && b == -1 ? 0 : ((a % b) + b) % b,
        });
    }

    // As in CPython: the remainder has the divisor's sign, and quotient and remainder match.
    private static double Remainder(double x, double y)
    {
        double rest = x % y;
        return rest == 0 ? Math.CopySign(0, y) : (y < 0) != (rest < 0) ? rest + y : rest;
    }

    private static double FloorQuotient(double x, double y)
    {
        double quotient = (x - Remainder(x, y)) / y;
        if (quotient == 0)
        {
            return Math.CopySign(0, x / y);
        }
        double floor = Math.Floor(quotient);
        return quotient - floor > 0.5 ? floor + 1 : floor;
    }

    private static object Power(object? left, object? right, double x, double y)
    {
        if (left is double || right is double || y < 0)
        {
            return x == 0 && y < 0 ? throw new JinjaFault("zero cannot be raised to a negative power")
                : x < 0 && y != Math.Floor(y) ? throw JinjaFault.NotSupported("a complex number")
                : double.IsInfinity(Math.Pow(x, y)) && !double.IsInfinity(x) && !double.IsInfinity(y)
                ? throw new JinjaFault("the power is too large")
                : Math.Pow(x, y);
        }
        (long number, long exponent) = (JinjaValue.Whole(left), JinjaValue.Whole(right));
        if (number is 0 or 1 or -1)
        {
            return exponent == 0 ? 1 : number < 0 && exponent % 2 == 0 ? 1 : number;
        }
        long power = 1;
        for (long i = 0; i < exponent; i++)
        {
            power = checked(power * number);
        }
        return power;
    }
}
