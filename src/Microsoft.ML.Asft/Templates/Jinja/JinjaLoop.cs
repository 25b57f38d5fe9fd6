namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The <c>loop</c> variable.</summary>
/// <param name="items">All items.</param>
/// <param name="depth">The number of recursive loops around it.</param>
/// <param name="recurse">The function that calls it; null if the loop is not recursive.</param>
internal sealed class JinjaLoop(IReadOnlyList<object?> items, int depth, Func<JinjaRun, object?, JinjaString>? recurse)
{
    private List<object?>? _lastChecked;

    /// <summary>Gets or sets the index of the item, from 0.</summary>
    public int Index { get; set; }

    public JinjaFunction AsFunction() => new("loop", (run, a) => recurse is not null
        ? recurse(run, a.TakeRequired(0, "iterable"))
        : throw new JinjaFault("only a recursive loop, {% for … recursive %}, can be called"));

    public object? Member(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "revindex" => (long)(items.Count - Index),
        "revindex0" => items.Count - Index - 1L,
        "first" => Index == 0,
        "last" => Index == items.Count - 1,
        "length" => (long)items.Count,
        "depth" => depth + 1L,
        "depth0" => (long)depth,
        "previtem" => Index > 0 ? items[Index - 1] : new JinjaUndefined("there is no previous item"),
        "nextitem" => Index + 1 < items.Count ? items[Index + 1] : new JinjaUndefined("there is no next item"),
        "cycle" => new JinjaFunction("cycle", (_, a) => a.Positional.Count > 0
            ? a.TakeAll()[Index % a.Positional.Count]
            : throw new JinjaFault("loop.cycle() needs something to choose from")),
        "changed" => new JinjaFunction("changed", (run, a) => HasChanged(run, a.TakeAll())),
        _ => new JinjaUndefined($"'loop' has no attribute '{name}'"),
    };

    private bool HasChanged(JinjaRun run, IReadOnlyList<object?> values)
    {
        List<object?> now = [.. values];
        bool changed = _lastChecked is null || !JinjaValue.AreEqual(run, _lastChecked, now);
        _lastChecked = now;
        return changed;
    }
}
