namespace Microsoft.ML.Asft.Templates.Jinja;

// Values are plain .NET objects: null, bool, long, double, JinjaString, List<object?> for a list, object?[] for a tuple,
// and the types below.

/// <summary>What a name or a member that is not there gives: empty when printed, false, and an error in anything else.</summary>
/// <param name="message">What to say when it is used.</param>
internal sealed class JinjaUndefined(string message)
{
    public string Message => message;

    public static JinjaUndefined Name(string name) => new($"'{name}' is undefined");

    public static JinjaUndefined Member(object? owner, string name) => new(owner is JinjaUndefined undefined
        ? undefined.Message
        : $"'{JinjaValue.TypeName(owner)}' has no attribute '{name}'");
}

/// <summary>A mapping in the order it was written; its keys are text or whole numbers.</summary>
internal sealed class JinjaDictionary : OrderedDictionary<object, object?>
{
    /// <summary>Gets the field of a message that it is, or is a part of.</summary>
    public JinjaSource? Source { get; init; }

    /// <summary>Gets the value of a key, null where there is none, or sets it.</summary>
    public object? this[string name]
    {
        get => TryGetValue(new JinjaString(name), out object? value) ? value : null;
        set => base[new JinjaString(name)] = value;
    }
}

/// <summary>A list that is, or is a part of, a field of a message.</summary>
/// <param name="source">The field.</param>
/// <param name="items">Its items.</param>
internal sealed class JinjaSourceList(JinjaSource source, IEnumerable<object?> items) : List<object?>(items)
{
    public JinjaSource Source => source;
}

/// <summary>The one thing whose members a template may set, <c>namespace(…)</c>.</summary>
/// <param name="Members">What it holds.</param>
internal sealed record JinjaNamespace(JinjaDictionary Members);

/// <summary>
/// What filters such as <c>map</c> give: can be gone through once, and is true even when empty, as in Python.
/// </summary>
/// <param name="Items">What it gives.</param>
internal sealed record JinjaGenerator(IReadOnlyList<object?> Items)
{
    private int _taken;

    /// <summary>Takes the items that are left.</summary>
    public IReadOnlyList<object?> TakeAll()
    {
        IReadOnlyList<object?> left = _taken == 0 ? Items : [.. Items.Skip(_taken)];
        _taken = Items.Count;
        return left;
    }

    /// <summary>Takes one item, if one is left.</summary>
    public bool TryTake(out object? item)
    {
        bool isLeft = _taken < Items.Count;
        item = isLeft ? Items[_taken++] : null;
        return isLeft;
    }
}

/// <summary>What a dictionary's <c>keys()</c>, <c>values()</c> and <c>items()</c> give: it has a length, and no items by number.</summary>
/// <param name="Name">What Python calls it.</param>
/// <param name="Items">What it gives.</param>
internal sealed record JinjaView(string Name, List<object?> Items);

/// <summary>What the filter <c>groupby</c> gives of each group: a pair whose halves have names as well.</summary>
/// <param name="Grouper">What its items have in common.</param>
/// <param name="List">Its items.</param>
internal sealed record JinjaGroup(object? Grouper, List<object?> List)
{
    public object?[] AsTuple() => [Grouper, List];
}

/// <summary>Something that can be called.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Call">What it does.</param>
internal sealed record JinjaFunction(string Name, Func<JinjaRun, JinjaArguments, object?> Call)
{
    /// <summary>Gets what can be read of it with a dot, as of a macro or a <c>cycler</c>.</summary>
    public Func<string, object?> Member { get; init; } = _ => null;
}
