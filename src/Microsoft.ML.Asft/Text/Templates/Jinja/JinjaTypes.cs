namespace Microsoft.ML.Asft.Text;

// Values are plain .NET objects: null, bool, long, double, string, List<object?> for a list, object?[] for a tuple,
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
internal sealed class JinjaDictionary : OrderedDictionary<object, object?>;

/// <summary>The one thing whose members a template may set, <c>namespace(…)</c>.</summary>
/// <param name="Members">What it holds.</param>
internal sealed record JinjaNamespace(JinjaDictionary Members);

/// <summary>What filters such as <c>map</c> give: can be gone through, and is true even when empty, as in Python.</summary>
/// <param name="Items">What it gives.</param>
internal sealed record JinjaGenerator(List<object?> Items);

/// <summary>Something that can be called.</summary>
/// <param name="Name">Its name, for messages.</param>
/// <param name="Call">What it does.</param>
internal sealed record JinjaFunction(string Name, Func<JinjaRun, JinjaArguments, object?> Call);

/// <summary>The <c>loop</c> variable.</summary>
/// <param name="Items">All that is gone through.</param>
internal sealed record JinjaLoop(IReadOnlyList<object?> Items)
{
    /// <summary>Gets or sets how many items came before this one.</summary>
    public int Index { get; set; }

    public object? Member(string name) => name switch
    {
        "index" => Index + 1L,
        "index0" => (long)Index,
        "revindex" => (long)(Items.Count - Index),
        "revindex0" => Items.Count - Index - 1L,
        "first" => Index == 0,
        "last" => Index == Items.Count - 1,
        "length" => (long)Items.Count,
        "previtem" => Index > 0 ? Items[Index - 1] : new JinjaUndefined("there is no previous item"),
        "nextitem" => Index + 1 < Items.Count ? Items[Index + 1] : new JinjaUndefined("there is no next item"),
        _ => throw JinjaFault.NotSupported($"loop.{name}"),
    };
}
