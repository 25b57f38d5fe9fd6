namespace Microsoft.ML.Asft.Text;

/// <summary>A part of a template that has a value.</summary>
/// <param name="Line">Where it stands.</param>
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

internal sealed record JinjaArgumentList(List<JinjaExpression> Positional, List<(string Name, JinjaExpression Value)> Named)
{
    public static JinjaArgumentList Empty { get; } = new([], []);

    public JinjaArguments Evaluate(JinjaScope scope)
    {
        var named = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach ((string name, JinjaExpression value) in Named)
        {
            named[name] = value.Evaluate(scope);
        }
        return new([.. Positional.Select(value => value.Evaluate(scope))], named);
    }
}

internal sealed record JinjaCall(int Line, JinjaExpression Callee, JinjaArgumentList Arguments) : JinjaExpression(Line)
{
    protected override object? Compute(JinjaScope scope)
    {
        object? callee = Callee.Evaluate(scope);
        JinjaArguments arguments = Arguments.Evaluate(scope);
        scope.Run.Line = Line;
        if (callee is not JinjaFunction function)
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
            // Python's markup class then escapes the other side; printing and '~' do not.
            "+" when Left is JinjaFilter { Name: "safe" } || Right is JinjaFilter { Name: "safe" } =>
                throw JinjaFault.NotSupported("adding to what the filter 'safe' gives"),
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
