namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The assignment target of <c>set</c> and <c>for</c>.</summary>
internal abstract record JinjaTarget
{
    public abstract void Set(JinjaScope scope, object? value);
}

internal sealed record JinjaNameTarget(string Name) : JinjaTarget
{
    public override void Set(JinjaScope scope, object? value) => scope[Name] = value;
}

/// <summary>A member of a namespace: the only thing that a loop can change for the code after it.</summary>
internal sealed record JinjaMemberTarget(string Namespace, string Name) : JinjaTarget
{
    public override void Set(JinjaScope scope, object? value)
    {
        if (scope[Namespace] is not JinjaNamespace space)
        {
            throw new JinjaFault($"only a namespace's members can be set, and '{Namespace}' is none");
        }
        space.Members[Name] = value;
    }
}

internal sealed record JinjaTupleTarget(List<JinjaTarget> Targets) : JinjaTarget
{
    public override void Set(JinjaScope scope, object? value)
    {
        IReadOnlyList<object?> values = JinjaValue.Iterate(scope.Run, value);
        if (values.Count != Targets.Count)
        {
            throw new JinjaFault($"{values.Count} values cannot be given to {Targets.Count} names");
        }
        for (int i = 0; i < values.Count; i++)
        {
            Targets[i].Set(scope, values[i]);
        }
    }
}
