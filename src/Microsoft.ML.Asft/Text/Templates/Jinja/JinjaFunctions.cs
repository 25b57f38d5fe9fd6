using System.Globalization;
using System.Text;

namespace Microsoft.ML.Asft.Text;

/// <summary>The functions that a chat template may call by name.</summary>
internal static class JinjaFunctions
{
    // As in Jinja's sandbox.
    private const int LongestRange = 100_000;

    private static readonly Dictionary<string, JinjaFunction> Functions = new[]
    {
        new JinjaFunction("range", Range),
        new JinjaFunction("namespace", (_, a) => new JinjaNamespace(Members(a))),
        new JinjaFunction("dict", (_, a) => Members(a)),
        new JinjaFunction("raise_exception", (_, a) => throw new JinjaFault(a.TakeText(0, "message"))),
        new JinjaFunction("strftime_now", (run, a) => FormatTime(run.Now, a.TakeText(0, "format"))),
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
        if (arguments.Take(0, "mapping") is { } mapping)
        {
            foreach ((object name, object? value) in mapping as JinjaDictionary
                ?? throw new JinjaFault($"a mapping is needed, not {JinjaValue.TypeName(mapping)}"))
            {
                members[name] = value;
            }
        }
        foreach ((string name, object? value) in arguments.Named)
        {
            members[name] = value;
        }
        arguments.TakeAll();
        return members;
    }

    private static string FormatTime(DateTimeOffset now, string format)
    {
        var text = new StringBuilder();
        for (int i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                text.Append(format[i]);
                continue;
            }
            i++;
            bool isBare = format[i] == '-' && i + 1 < format.Length;
            char code = isBare ? format[++i] : format[i];
            string part = code switch
            {
                'a' => now.ToString("ddd", CultureInfo.InvariantCulture),
                'A' => now.ToString("dddd", CultureInfo.InvariantCulture),
                'b' => now.ToString("MMM", CultureInfo.InvariantCulture),
                'B' => now.ToString("MMMM", CultureInfo.InvariantCulture),
                'd' => now.ToString("dd", CultureInfo.InvariantCulture),
                'H' => now.ToString("HH", CultureInfo.InvariantCulture),
                'I' => now.ToString("hh", CultureInfo.InvariantCulture),
                'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
                'm' => now.ToString("MM", CultureInfo.InvariantCulture),
                'M' => now.ToString("mm", CultureInfo.InvariantCulture),
                'p' => now.ToString("tt", CultureInfo.InvariantCulture),
                'S' => now.ToString("ss", CultureInfo.InvariantCulture),
                'y' => now.ToString("yy", CultureInfo.InvariantCulture),
                'Y' => now.ToString("yyyy", CultureInfo.InvariantCulture),
                '%' => "%",
                _ => throw JinjaFault.NotSupported($"'%{code}' in strftime_now"),
            };
            text.Append(isBare ? part.TrimStart('0') is { Length: > 0 } bare ? bare : "0" : part);
        }
        return text.ToString();
    }
}
