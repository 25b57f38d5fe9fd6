namespace Microsoft.ML.Asft.Text;

/// <summary>What stands behind <c>is</c>: Jinja's tests.</summary>
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
        ["string"] = (_, value, _) => value is string,
        ["mapping"] = (_, value, _) => value is JinjaDictionary,
        ["sequence"] = (_, value, _) => value is string or JinjaDictionary or IReadOnlyList<object?> or JinjaUndefined,
        ["iterable"] = (_, value, _) => value is string or JinjaDictionary or IReadOnlyList<object?> or JinjaGenerator or JinjaUndefined,
        ["callable"] = (_, value, _) => value is JinjaFunction or JinjaUndefined,
        ["odd"] = (_, value, _) => JinjaValue.Whole(value) % 2 != 0,
        ["even"] = (_, value, _) => JinjaValue.Whole(value) % 2 == 0,
        ["divisibleby"] = (_, value, a) => a.TakeInteger(0, "num", 0) is not 0 and var number
            ? JinjaValue.Whole(value) % number == 0
            : throw new JinjaFault("nothing is divisible by zero"),
        ["lower"] = (run, value, _) => JinjaValue.ToText(run, value) is var text && text.Any(char.IsLower) && !text.Any(char.IsUpper),
        ["upper"] = (run, value, _) => JinjaValue.ToText(run, value) is var text && text.Any(char.IsUpper) && !text.Any(char.IsLower),
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
            throw JinjaFault.NotSupported($"the test '{name}'");
        }
        run.Enter();
        bool result = test(run, value, arguments);
        arguments.RefuseUnused(name);
        return result;
    }
}
