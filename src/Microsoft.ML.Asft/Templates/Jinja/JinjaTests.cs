namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Jinja's tests: the names after <c>is</c>.</summary>
internal static class JinjaTests
{
    private delegate bool Test(JinjaRun run, object? value, JinjaArguments arguments);

    private static readonly Dictionary<string, Test> Tests = new(StringComparer.Ordinal)
    {
        ["defined"] = (_, value, _) => value is not JinjaUndefined,
        ["undefined"] = (_, value, _) => value is JinjaUndefined,
        ["none"] = (_, value, _) => value is null,
        ["true"] = (_, value, _) => value is true,
        ["false"] = (_, value, _) => value is false,
        ["boolean"] = (_, value, _) => value is bool,
        ["integer"] = (_, value, _) => value is long,
        ["float"] = (_, value, _) => value is double,
        ["number"] = (_, value, _) => value is long or double or bool,
        ["string"] = (_, value, _) => value is JinjaString,
        ["mapping"] = (_, value, _) => value is JinjaDictionary,
        ["sequence"] = (_, value, _) => value is JinjaString or JinjaDictionary or JinjaGroup or IReadOnlyList<object?> or JinjaUndefined,
        ["iterable"] = (_, value, _) => value is JinjaString or JinjaDictionary or JinjaGroup or IReadOnlyList<object?> or JinjaGenerator
            or JinjaView or JinjaLoop or JinjaUndefined,
        ["callable"] = (_, value, _) => value is JinjaFunction or JinjaUndefined or JinjaLoop,
        ["escaped"] = (_, value, _) => value is JinjaString { IsMarkup: true },
        ["filter"] = (_, value, _) => value is JinjaString name && JinjaFilters.IsKnown(name.Text),
        ["test"] = (_, value, _) => value is JinjaString name && IsKnown(name.Text),
        ["odd"] = (_, value, _) => Remainder(value, 2) == 1,
        ["even"] = (_, value, _) => Remainder(value, 2) == 0,
        ["divisibleby"] = (_, value, a) => Remainder(value, a.TakeInteger(0, "num", 0)) == 0,
        ["lower"] = (run, value, _) => PythonCase.IsLower(JinjaValue.ToText(run, value).Text),
        ["upper"] = (run, value, _) => PythonCase.IsUpper(JinjaValue.ToText(run, value).Text),
        ["in"] = (run, value, a) => JinjaValue.Contains(run, a.TakeRequired(0, "seq"), value),
        ["sameas"] = (run, value, a) => a.TakeRequired(0, "other") is var other && value?.GetType() == other?.GetType()
            && (value is null or bool or long ? Equals(value, other) : ReferenceEquals(value, other)),
        ["eq"] = (run, value, a) => JinjaValue.AreEqual(run, value, a.TakeRequired(0, "other")),
        ["ne"] = (run, value, a) => !JinjaValue.AreEqual(run, value, a.TakeRequired(0, "other")),
        ["lt"] = (run, value, a) => JinjaValue.Compare(run, value, a.TakeRequired(0, "other")) < 0,
        ["le"] = (run, value, a) => JinjaValue.Compare(run, value, a.TakeRequired(0, "other")) <= 0,
        ["gt"] = (run, value, a) => JinjaValue.Compare(run, value, a.TakeRequired(0, "other")) > 0,
        ["ge"] = (run, value, a) => JinjaValue.Compare(run, value, a.TakeRequired(0, "other")) >= 0,
    };

    private static readonly Dictionary<string, string> OtherNames = new(StringComparer.Ordinal)
    {
        ["equalto"] = "eq", ["=="] = "eq", ["!="] = "ne", ["<"] = "lt", ["lessthan"] = "lt", ["<="] = "le",
        [">"] = "gt", ["greaterthan"] = "gt", [">="] = "ge",
    };

    public static bool Apply(JinjaRun run, string name, object? value, JinjaArguments arguments)
    {
        if (!Tests.TryGetValue(OtherNames.GetValueOrDefault(name, name), out Test? test))
        {
            throw new JinjaFault($"there is no test '{name}' in Jinja or in transformers", unsupported: true);
        }
        run.Enter();
        bool result = test(run, value, arguments);
        arguments.RefuseUnused(name);
        return result;
    }

    private static bool IsKnown(string name) => Tests.ContainsKey(OtherNames.GetValueOrDefault(name, name));

    private static double Remainder(object? value, long divisor) => divisor == 0 ? throw new JinjaFault("nothing is divisible by zero")
        : JinjaValue.TryNumber(value, out double number) ? number - (divisor * Math.Floor(number / divisor))
        : throw new JinjaFault($"a number is needed, not {JinjaValue.TypeName(value)}");
}
