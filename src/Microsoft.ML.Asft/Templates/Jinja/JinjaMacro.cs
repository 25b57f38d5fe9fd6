namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary><c>{% macro name(parameters) %}</c>, or the body of a <c>{% call %}</c> block, which is a macro named <c>caller</c>.</summary>
/// <param name="Name">The macro's name.</param>
/// <param name="Parameters">Its parameters.</param>
/// <param name="Body">Its statements.</param>
/// <param name="Names">The names that its body uses: it takes further arguments if <c>varargs</c> or <c>kwargs</c> are among them.</param>
internal sealed record JinjaMacro(
    string Name, List<(string Name, JinjaExpression? Default)> Parameters, List<JinjaStatement> Body, HashSet<string> Names)
    : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope)
    {
        scope[Name] = In(scope);
        return JinjaFlow.Next;
    }

    /// <summary>Makes the function, in a scope.</summary>
    public JinjaFunction In(JinjaScope scope) => new(Name, (run, arguments) =>
    {
        JinjaScope inner = scope.Inner();
        for (int i = 0; i < Parameters.Count; i++)
        {
            (string name, JinjaExpression? absent) = Parameters[i];
            inner[name] = arguments.Has(i, name) ? arguments.Take(i, name)
                : absent is null ? JinjaUndefined.Name(name) : absent.Evaluate(inner);
            arguments.Take(i, name);
        }
        if (Names.Contains("caller") && !Parameters.Exists(parameter => parameter.Name == "caller"))
        {
            inner["caller"] = arguments.TakeNamed("caller", new JinjaUndefined("No caller defined: no 'call' block called the macro"));
        }
        if (Names.Contains("varargs"))
        {
            inner["varargs"] = arguments.TakeFurther();
        }
        if (Names.Contains("kwargs"))
        {
            inner["kwargs"] = arguments.TakeUnknown();
        }
        arguments.RefuseUnused($"the macro '{Name}'");
        return run.Capture(() => ExecuteAll(Body, inner));
    })
    {
        Member = member => member switch
        {
            "name" => new JinjaString(Name),
            "arguments" => Parameters.Select(parameter => (object?)new JinjaString(parameter.Name)).ToArray(),
            _ => null,
        },
    };
}

/// <summary><c>{% call(parameters) macro(arguments) %}…{% endcall %}</c>: calls a macro that may call the block back.</summary>
internal sealed record JinjaCallBlock(JinjaCall Call, JinjaMacro Caller) : JinjaStatement
{
    public override JinjaFlow Execute(JinjaScope scope)
    {
        object? text = Call.EvaluateWith(scope, Caller.In(scope));
        scope.Run.Output.Append(JinjaValue.ToText(scope.Run, text));
        return JinjaFlow.Next;
    }
}
