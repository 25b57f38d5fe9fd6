using System.Globalization;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The attribute argument of filters: <c>name</c>, <c>a.b.0</c>, a number, or for sorting several separated by commas.</summary>
internal static class JinjaAttributes
{
    /// <summary>The filter <c>attr</c>, which does not look up items.</summary>
    public static object? Attribute(object? value, string name) => value is JinjaUndefined undefined
        ? throw new JinjaFault(undefined.Message)
        : JinjaMethods.Find(value, name) is { } method ? method
        : value is JinjaDictionary ? JinjaUndefined.Member(value, name)
        : JinjaValue.Member(value, name);

    public static IReadOnlyList<object?> All(JinjaRun run, IReadOnlyList<object?> items, object? path) =>
        path is null ? items : [.. items.Select(item => Follow(run, item, path))];

    /// <summary>Follows a path from an item. A missing value is <paramref name="absent"/> if one is given.</summary>
    public static object? Follow(JinjaRun run, object? item, object? path, object? absent = null)
    {
        run.Enter();
        switch (path)
        {
            case null:
                return item;
            case JinjaString text:
                foreach (string part in text.Text.Split('.'))
                {
                    item = JinjaValue.Item(run, item, long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long index)
                        ? index : new JinjaString(part));
                    item = item is JinjaUndefined && absent is not null ? absent : item;
                }
                return item;
            default:
                return JinjaValue.Item(run, item, path) is var found && found is JinjaUndefined && absent is not null ? absent : found;
        }
    }

    /// <summary>Returns the sort key of an item: one attribute, or a list of several.</summary>
    public static object? SortKey(JinjaRun run, object? item, object? path, bool caseSensitive) =>
        path is JinjaString several && several.Text.Contains(',', StringComparison.Ordinal)
        ? several.Text.Split(',').Select(one => Folded(Follow(run, item, new JinjaString(one)), caseSensitive)).ToList()
        : Folded(Follow(run, item, path), caseSensitive);

    public static object? Folded(object? key, bool caseSensitive) =>
        key is JinjaString text && !caseSensitive ? new JinjaString(PythonCase.Lower(text.Text)) : key;
}
