namespace Microsoft.ML.Asft.Templates.Jinja;

// Values are plain .NET objects: null, bool, long, double, JinjaString, List<object?> for a list, object?[] for a tuple,
// and the types below.

/// <summary>The value of a missing name or member: empty when printed, false in conditions, and an error otherwise.</summary>
/// <param name="message">The error message for its use.</param>
internal sealed class JinjaUndefined(string message)
{
    public string Message => message;

    public static JinjaUndefined Name(string name) => new($"'{name}' is undefined");

    public static JinjaUndefined Member(object? owner, string name) => new(owner is JinjaUndefined undefined
        ? undefined.Message
        : $"'{JinjaValue.TypeName(owner)}' has no attribute '{name}'");
}

/// <summary>A mapping that keeps its order; its keys are text or integers.</summary>
internal sealed class JinjaDictionary : OrderedDictionary<object, object?>
{
    /// <summary>Gets the field of a message that is, or contains, this value.</summary>
    public JinjaSource? Source { get; init; }

    /// <summary>Gets the value of a key, or null if there is none; or sets it.</summary>
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

/// <summary>The only type whose members a template may set, <c>namespace(…)</c>.</summary>
/// <param name="Members">Its members.</param>
internal sealed record JinjaNamespace(JinjaDictionary Members);

/// <summary>
/// The result of filters such as <c>map</c>: it can be read once, and it is true even when empty, as in Python.
/// </summary>
/// <param name="Items">Its items.</param>
internal sealed record JinjaGenerator(IReadOnlyList<object?> Items)
{
    private int _taken;

    /// <summary>Takes the remaining items.</summary>
    public IReadOnlyList<object?> TakeAll()
    {
        IReadOnlyList<object?> left = _taken == 0 ? Items : [.. Items.Skip(_taken)];
        _taken = Items.Count;
        return left;
    }

    /// <summary>Takes the next item, if there is one.</summary>
    public bool TryTake(out object? item)
    {
        bool isLeft = _taken < Items.Count;
        item = isLeft ? Items[_taken++] : null;
        return isLeft;
    }
}

/// <summary>
/// The result of a dictionary's <c>keys()</c>, <c>values()</c> and <c>items()</c>: it has a length, but cannot be indexed.
/// </summary>
/// <param name="Name">Its type's name in Python.</param>
/// <param name="Items">Its items.</param>
internal sealed record JinjaView(string Name, List<object?> Items);

/// <summary>A group of the filter <c>groupby</c>: a pair whose halves also have names.</summary>
/// <param name="Grouper">The value that its items have in common.</param>
/// <param name="List">Its items.</param>
internal sealed record JinjaGroup(object? Grouper, List<object?> List)
{
    public object?[] AsTuple() => [Grouper, List];
}

/// <summary>Something that can be called.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Call">Its implementation.</param>
internal sealed record JinjaFunction(string Name, Func<JinjaRun, JinjaArguments, object?> Call)
{
    /// <summary>Gets its attributes, such as those of a macro or a <c>cycler</c>.</summary>
    public Func<string, object?> Member { get; init; } = _ => null;
}
