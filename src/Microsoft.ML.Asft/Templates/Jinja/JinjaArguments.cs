namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The arguments of a filter, a test, a function or a macro.</summary>
/// <param name="positional">The positional arguments.</param>
/// <param name="named">The named arguments.</param>
internal sealed class JinjaArguments(List<object?> positional, Dictionary<string, object?> named)
{
    private readonly HashSet<string> _used = [];
    private int _usedPositions;

    public IReadOnlyList<object?> Positional => positional;

    public IReadOnlyDictionary<string, object?> Named => named;

    /// <summary>Takes an argument by its position or its name; <paramref name="absent"/> if it is not given.</summary>
    public object? Take(int position, string name, object? absent = null)
    {
        _used.Add(name);
        _usedPositions = Math.Max(_usedPositions, position + 1);
        return position < positional.Count ? positional[position] : named.GetValueOrDefault(name, absent);
    }

    /// <summary>Takes an argument that can only be given by name.</summary>
    public object? TakeNamed(string name, object? absent)
    {
        _used.Add(name);
        return named.GetValueOrDefault(name, absent);
    }

    public bool Has(int position, string name) => position < positional.Count || named.ContainsKey(name);

    public object? TakeRequired(int position, string name) => Has(position, name)
        ? Take(position, name)
        : throw new JinjaFault($"the argument '{name}' is missing");

    /// <summary>Takes a text with its traces.</summary>
    public JinjaString TakeString(int position, string name, string? absent = null)
    {
        object? value = absent is null ? TakeRequired(position, name) : Take(position, name, new JinjaString(absent));
        return value as JinjaString ?? throw Wrong(name, "text", value);
    }

    public string TakeText(int position, string name, string? absent = null) => TakeString(position, name, absent).Text;

    public string? TakeTextOrNone(int position, string name) => Take(position, name) is { } value
        ? (value as JinjaString ?? throw Wrong(name, "text", value)).Text
        : null;

    public long? TakeIntegerOrNone(int position, string name) =>
        Take(position, name) is null ? null : TakeInteger(position, name, 0);

    public long TakeInteger(int position, string name, long absent) => Take(position, name, absent) switch
    {
        long number => number,
        bool flag => flag ? 1 : 0,
        var value => throw Wrong(name, "a whole number", value),
    };

    public bool TakeFlag(int position, string name, bool absent = false) => JinjaValue.IsTrue(Take(position, name, absent));

    /// <summary>Takes all arguments, to pass them on, and returns the positional ones.</summary>
    public IReadOnlyList<object?> TakeAll()
    {
        _used.UnionWith(named.Keys);
        _usedPositions = positional.Count;
        return positional;
    }

    /// <summary>Takes the named arguments that no parameter took (kwargs).</summary>
    public JinjaDictionary TakeUnknown()
    {
        var unknown = new JinjaDictionary();
        foreach (string name in named.Keys.Where(name => !_used.Contains(name)).ToList())
        {
            unknown[name] = named[name];
            _used.Add(name);
        }
        return unknown;
    }

    /// <summary>Takes the positional arguments after the parameters (varargs).</summary>
    public object?[] TakeFurther()
    {
        object?[] further = [.. positional.Skip(_usedPositions)];
        _usedPositions = positional.Count;
        return further;
    }

    /// <summary>Returns the arguments after the first <paramref name="count"/>, for a function that those name.</summary>
    public JinjaArguments After(int count) => new([.. positional.Skip(count)], named);

    /// <summary>Throws if there are arguments that no parameter took.</summary>
    public void RefuseUnused(string callee)
    {
        if (positional.Count > _usedPositions)
        {
            throw new JinjaFault($"{callee} takes {_usedPositions} arguments, not {positional.Count}");
        }
        if (named.Keys.FirstOrDefault(name => !_used.Contains(name)) is { } unknown)
        {
            throw new JinjaFault($"{callee} has no argument '{unknown}'");
        }
    }

    private static JinjaFault Wrong(string name, string expected, object? value) =>
        new($"the argument '{name}' must be {expected}, not {JinjaValue.TypeName(value)}");
}
