namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>What happens after a statement.</summary>
internal enum JinjaFlow
{
    Next,
    Break,
    Continue,
}

/// <summary>A part of a template that writes or sets something.</summary>
internal abstract record JinjaStatement
{
    public abstract JinjaFlow Execute(JinjaScope scope);

    public static JinjaFlow ExecuteAll(List<JinjaStatement> body, JinjaScope scope)
    {
        scope.Run.Enter();
        foreach (JinjaStatement statement in body)
        {
            JinjaFlow flow = statement.Execute(scope);
            if (flow != JinjaFlow.Next)
            {
                return flow;
            }
        }
        return JinjaFlow.Next;
    }
}

internal sealed record JinjaData(string Text) : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope)
    {
        scope.Run.Spend(1);
        scope.Run.Output.Append(Text);
        return JinjaFlow.Next;
    }
}

internal sealed record JinjaPrint(JinjaExpression Value) : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope)
    {
        JinjaString text = JinjaValue.ToText(scope.Run, Value.Evaluate(scope));
        scope.Run.Output.Append(text);
        return JinjaFlow.Next;
    }
}

internal sealed record JinjaIf(List<(JinjaExpression Test, List<JinjaStatement> Body)> Branches, List<JinjaStatement> Else) : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope)
    {
        foreach ((JinjaExpression test, List<JinjaStatement> body) in Branches)
        {
            if (JinjaValue.IsTrue(test.Evaluate(scope)))
            {
                return ExecuteAll(body, scope);
            }
        }
        return ExecuteAll(Else, scope);
    }
}

internal sealed record JinjaFor(
    JinjaTarget Target, JinjaExpression Items, JinjaExpression? Filter, List<JinjaStatement> Body, List<JinjaStatement> Else, bool IsRecursive)
    : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope) => GoThrough(scope, Items.Evaluate(scope), depth: 0);

    private JinjaFlow GoThrough(JinjaScope scope, object? value, int depth)
    {
        IReadOnlyList<object?> items = JinjaValue.Iterate(scope.Run, value);
        if (Filter is not null)
        {
            items = [.. items.Where(item => Passes(item, scope))];
        }
        if (items.Count == 0)
        {
            return ExecuteAll(Else, scope.Inner());
        }
        var loop = new JinjaLoop(items, depth, !IsRecursive ? null
            : (run, nested) => run.Capture(() => GoThrough(scope, nested, depth + 1)));
        for (; loop.Index < items.Count; loop.Index++)
        {
            JinjaScope inner = scope.Inner();
            Target.Set(inner, items[loop.Index]);
            inner["loop"] = loop;
            if (ExecuteAll(Body, inner) == JinjaFlow.Break)
            {
                break;
            }
        }
        return JinjaFlow.Next;
    }

    private bool Passes(object? item, JinjaScope scope)
    {
        JinjaScope inner = scope.Inner();
        Target.Set(inner, item);
        return JinjaValue.IsTrue(Filter!.Evaluate(inner));
    }
}

internal sealed record JinjaSet(JinjaTarget Target, JinjaExpression Value) : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope)
    {
        Target.Set(scope, Value.Evaluate(scope));
        return JinjaFlow.Next;
    }
}

/// <summary><c>{% with a = 1 %}…{% endwith %}</c>; without names it is only a new scope.</summary>
internal sealed record JinjaWith(List<(JinjaTarget Target, JinjaExpression Value)> Names, List<JinjaStatement> Body) : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope)
    {
        JinjaScope inner = scope.Inner();
        object?[] values = [.. Names.Select(name => name.Value.Evaluate(scope))];
        for (int i = 0; i < values.Length; i++)
        {
            Names[i].Target.Set(inner, values[i]);
        }
        return ExecuteAll(Body, inner);
    }
}

/// <summary><c>{% set x %}…{% endset %}</c>, or with <c>Target</c> null <c>{% filter f %}…{% endfilter %}</c>, which prints.</summary>
internal sealed record JinjaCapture(
    JinjaTarget? Target, Func<JinjaExpression, JinjaExpression>? Filtered, int Line, List<JinjaStatement> Body)
    : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope)
    {
        JinjaString text = scope.Run.Capture(() => ExecuteAll(Body, scope.Inner()));
        object? value = Filtered is null ? text : Filtered(new JinjaConstant(Line, text)).Evaluate(scope);
        if (Target is null)
        {
            scope.Run.Output.Append(JinjaValue.ToText(scope.Run, value));
        }
        else
        {
            Target.Set(scope, value);
        }
        return JinjaFlow.Next;
    }
}

/// <summary>
/// <c>{% block name %}…{% endblock %}</c>, which sees the names of the template, and with <c>scoped</c> also those around it.
/// </summary>
internal sealed record JinjaNamedBlock(bool IsScoped, List<JinjaStatement> Body) : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope) => ExecuteAll(Body, (IsScoped ? scope : scope.Root).Inner());
}

/// <summary>transformers' tag around an assistant's words.</summary>
internal sealed record JinjaGeneration(List<JinjaStatement> Body) : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope)
    {
        int start = scope.Run.Output.Length;
        JinjaFlow flow = ExecuteAll(Body, scope.Inner());
        scope.Run.Output.Generate(start, scope.Run.NextGeneration());
        return flow;
    }
}

internal sealed record JinjaJump(JinjaFlow Flow) : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope) => Flow;
}
