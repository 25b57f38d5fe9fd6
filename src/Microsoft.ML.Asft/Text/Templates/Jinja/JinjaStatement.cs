namespace Microsoft.ML.Asft.Text;

/// <summary>Where a template goes on after a statement.</summary>
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
        string text = JinjaValue.ToText(scope.Run, Value.Evaluate(scope));
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
    JinjaTarget Target, JinjaExpression Items, JinjaExpression? Filter, List<JinjaStatement> Body, List<JinjaStatement> Else)
    : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope)
    {
        IReadOnlyList<object?> items = JinjaValue.Iterate(scope.Run, Items.Evaluate(scope));
        if (Filter is not null)
        {
            items = [.. items.Where(item => Passes(item, scope))];
        }
        if (items.Count == 0)
        {
            return ExecuteAll(Else, scope);
        }
        var loop = new JinjaLoop(items);
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

/// <summary><c>{% set x %}…{% endset %}</c>, or with <c>Target</c> null <c>{% filter f %}…{% endfilter %}</c>, which prints.</summary>
internal sealed record JinjaCapture(
    JinjaTarget? Target, Func<JinjaExpression, JinjaExpression>? Filtered, int Line, List<JinjaStatement> Body)
    : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope)
    {
        string text = scope.Run.Capture(() => ExecuteAll(Body, scope.Inner()));
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

internal sealed record JinjaMacro(string Name, List<(string Name, JinjaExpression? Default)> Parameters, List<JinjaStatement> Body)
    : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope)
    {
        scope[Name] = new JinjaFunction(Name, (run, arguments) =>
        {
            JinjaScope inner = scope.Inner();
            for (int i = 0; i < Parameters.Count; i++)
            {
                (string name, JinjaExpression? absent) = Parameters[i];
                inner[name] = arguments.Has(i, name) ? arguments.Take(i, name)
                    : absent is null ? JinjaUndefined.Name(name) : absent.Evaluate(inner);
            }
            arguments.RefuseUnused($"the macro '{Name}'");
            return run.Capture(() => ExecuteAll(Body, inner));
        });
        return JinjaFlow.Next;
    }
}

/// <summary>transformers' mark around what an assistant says.</summary>
internal sealed record JinjaGeneration(List<JinjaStatement> Body) : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope)
    {
        if (!scope.Run.WritesResult)
        {
            throw JinjaFault.NotSupported("{% generation %} inside a macro, a filter or a set");
        }
        int start = scope.Run.Output.Length;
        JinjaFlow flow = ExecuteAll(Body, scope.Inner());
        scope.Run.Generated.Add(start..scope.Run.Output.Length);
        return flow;
    }
}

internal sealed record JinjaJump(JinjaFlow Flow) : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope) => Flow;
}
