namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>An expression of a template.</summary>
/// <param name="Line">Its line.</param>
internal abstract record JinjaExpression(int Line)
{
    public object? Evaluate(JinjaScope scope)
    {
        scope.Run.Enter();
        scope.Run.Line = Line;
        return Compute(scope);
    }

    protected abstract object? Compute(JinjaScope scope);
}

internal sealed record JinjaConstant(int Line, object? Value) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope) => Value;
}

internal sealed record JinjaName(int Line, string Name) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope) => scope[Name];
}

internal sealed record JinjaListLiteral(int Line, List<JinjaExpression> Items, bool IsTuple) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope)
    {
        List<object?> items = [.. Items.Select(item => item.Evaluate(scope))];
        return IsTuple ? items.ToArray() : items;
    }
}

internal sealed record JinjaDictionaryLiteral(int Line, List<(JinjaExpression Key, JinjaExpression Value)> Items) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope)
    {
        var dictionary = new JinjaDictionary();
        foreach ((JinjaExpression key, JinjaExpression value) in Items)
        {
            object? name = key.Evaluate(scope);
            if (!JinjaValue.IsKey(name))
            {
                throw JinjaFault.NotSupported($"a dictionary key that is {JinjaValue.TypeName(name)}");
            }
            dictionary[name] = value.Evaluate(scope);
        }
        return dictionary;
    }
}

internal sealed record JinjaMember(int Line, JinjaExpression Owner, string Name) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope) => JinjaValue.Member(Owner.Evaluate(scope), Name);
}

internal sealed record JinjaItem(int Line, JinjaExpression Owner, JinjaExpression Key) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope) => JinjaValue.Item(scope.Run, Owner.Evaluate(scope), Key.Evaluate(scope));
}

internal sealed record JinjaSlice(int Line, JinjaExpression Owner, JinjaExpression? Start, JinjaExpression? Stop, JinjaExpression? Step)
    : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope) =>
        JinjaValue.Slice(scope.Run, Owner.Evaluate(scope), Bound(Start, scope), Bound(Stop, scope), Bound(Step, scope) ?? 1);

    private static long? Bound(JinjaExpression? bound, JinjaScope scope) =>
        bound?.Evaluate(scope) is { } value ? JinjaValue.Whole(value) : null;
}

/// <summary>The argument expressions of a call.</summary>
/// <param name="Positional">The positional arguments.</param>
/// <param name="Named">The named arguments.</param>
/// <param name="List">The expression after <c>*</c>.</param>
/// <param name="Mapping">The expression after <c>**</c>.</param>
internal sealed record JinjaArgumentList(
    List<JinjaExpression> Positional, List<(string Name, JinjaExpression Value)> Named,
    JinjaExpression? List = null, JinjaExpression? Mapping = null)
{
    public static JinjaArgumentList Empty { get; } = new([], []);

    public JinjaArguments Evaluate(JinjaScope scope, JinjaFunction? caller = null)
    {
        var named = new Dictionary<string, object?>(StringComparer.Ordinal);
        if (caller is not null)
        {
            named["caller"] = caller;
        }
        foreach ((string name, JinjaExpression value) in Named)
        {
            named[name] = value.Evaluate(scope);
        }
        List<object?> positional = [.. Positional.Select(value => value.Evaluate(scope))];
        if (List is not null)
        {
            positional.AddRange(JinjaValue.Iterate(scope.Run, List.Evaluate(scope)));
        }
        if (Mapping?.Evaluate(scope) is { } mapping)
        {
            foreach ((object name, object? value) in mapping as JinjaDictionary
                ?? throw new JinjaFault($"a mapping is needed behind '**', not {JinjaValue.TypeName(mapping)}"))
            {
                string key = (name as JinjaString)?.Text ?? throw new JinjaFault("an argument's name must be text");
                if (!named.TryAdd(key, value))
                {
                    throw new JinjaFault($"the argument '{key}' is given twice");
                }
            }
        }
        return new(positional, named);
    }
}

internal sealed record JinjaCall(int Line, JinjaExpression Callee, JinjaArgumentList Arguments) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope) => Call(scope, caller: null);

    /// <summary>The call of a <c>{% call %}</c> block, which passes the block as <c>caller</c>.</summary>
    public object? EvaluateWith(JinjaScope scope, JinjaFunction caller) => Call(scope, caller);

    private object? Call(JinjaScope scope, JinjaFunction? caller)
    {
        object? callee = Callee.Evaluate(scope);
        JinjaArguments arguments = Arguments.Evaluate(scope, caller);
        scope.Run.Line = Line;
        if ((callee is JinjaLoop loop ? loop.AsFunction() : callee as JinjaFunction) is not { } function)
        {
            throw new JinjaFault((callee as JinjaUndefined)?.Message ?? $"{JinjaValue.TypeName(callee)} cannot be called");
        }
        object? result = function.Call(scope.Run, arguments);
        arguments.RefuseUnused($"{function.Name}()");
        return result;
    }
}

internal sealed record JinjaFilter(int Line, JinjaExpression Value, string Name, JinjaArgumentList Arguments) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope) =>
        JinjaFilters.Apply(scope.Run, Name, Value.Evaluate(scope), Arguments.Evaluate(scope));
}

internal sealed record JinjaTest(int Line, JinjaExpression Value, string Name, JinjaArgumentList Arguments) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope) =>
        JinjaTests.Apply(scope.Run, Name, Value.Evaluate(scope), Arguments.Evaluate(scope));
}

internal sealed record JinjaUnary(int Line, string Operation, JinjaExpression Value) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope) => (Operation, Value.Evaluate(scope)) switch
    {
        ("not", var value) => !JinjaValue.IsTrue(value),
        ("-", var value) => JinjaArithmetic.Negate(value),
        (_, double real) => real,
        (_, var value) => JinjaValue.Whole(value),
    };
}

internal sealed record JinjaBinary(int Line, string Operation, JinjaExpression Left, JinjaExpression Right) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope)
    {
        object? left = Left.Evaluate(scope);
        return Operation switch
        {
            "and" => JinjaValue.IsTrue(left) ? Right.Evaluate(scope) : left,
            "or" => JinjaValue.IsTrue(left) ? left : Right.Evaluate(scope),
            _ => Apply(scope.Run, left, Right.Evaluate(scope)),
        };
    }

    private object? Apply(JinjaRun run, object? left, object? right)
    {
        run.Line = Line;
        return JinjaArithmetic.Apply(run, Operation, left, right);
    }
}

internal sealed record JinjaCondition(int Line, JinjaExpression Test, JinjaExpression Then, JinjaExpression? Else) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope) => JinjaValue.IsTrue(Test.Evaluate(scope))
        ? Then.Evaluate(scope)
        : Else is null ? new JinjaUndefined("the condition has no 'else'") : Else.Evaluate(scope);
}
