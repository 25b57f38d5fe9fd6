namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The filters that select items, or apply another filter to each.</summary>
internal static class JinjaSelection
{
    public static object Map(JinjaRun run, object? value, JinjaArguments arguments)
    {
        IReadOnlyList<object?> items = IterateIfAny(run, value);
        if (arguments.Positional.Count == 0 && arguments.Named.ContainsKey("attribute"))
        {
            object? attribute = arguments.TakeNamed("attribute", null);
            object? absent = arguments.TakeNamed("default", null);
            return new JinjaGenerator([.. items.Select(item => JinjaAttributes.Follow(run, item, attribute, absent))]);
        }
        string name = arguments.TakeText(0, "filter");
        JinjaArguments rest = arguments.After(1);
        arguments.TakeAll();
        return new JinjaGenerator([.. items.Select(item => JinjaFilters.Apply(run, name, item, rest))]);
    }

    public static object Select(JinjaRun run, object? value, JinjaArguments arguments, bool wanted) =>
        Chosen(run, IterateIfAny(run, value), arguments, 0, item => item, wanted);

    public static object SelectByAttribute(JinjaRun run, object? value, JinjaArguments arguments, bool wanted)
    {
        object? attribute = arguments.TakeRequired(0, "attribute");
        return Chosen(run, IterateIfAny(run, value), arguments, 1, item => JinjaAttributes.Follow(run, item, attribute), wanted);
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

    /// <summary>These filters treat any false value, even None, as an empty sequence.</summary>
    private static IReadOnlyList<object?> IterateIfAny(JinjaRun run, object? value) =>
        JinjaValue.IsTrue(value) ? JinjaValue.Iterate(run, value) : [];
}
