namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The names that are visible in a part of a template: its own, then those around it, then Jinja's functions.</summary>
internal sealed class JinjaScope(JinjaRun run, JinjaScope? parent)
{
    private readonly Dictionary<string, object?> _names = new(StringComparer.Ordinal);

    public JinjaRun Run => run;

    public object? this[string name]
    {
        get
        {
            for (JinjaScope? scope = this; scope is not null; scope = scope.Parent)
            {
                if (scope._names.TryGetValue(name, out object? value))
                {
                    return value;
                }
            }
            return JinjaFunctions.Find(name) ?? (object)JinjaUndefined.Name(name);
        }

        set => _names[name] = value;
    }

    /// <summary>Gets the scope of the template itself.</summary>
    public JinjaScope Root => parent?.Root ?? this;

    private JinjaScope? Parent => parent;

    /// <summary>Makes a nested scope. Its names disappear when it ends.</summary>
    public JinjaScope Inner() => new(run, this);
}
