namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Parses a template's text and tags.</summary>
internal sealed class JinjaParser
{
    private readonly JinjaTokens _tokens;
    private readonly JinjaExpressionParser _expressions;
    private readonly HashSet<string> _blocks = [];
    private int _loops;

    public JinjaParser(JinjaTokens tokens)
    {
        _tokens = tokens;
        _expressions = new(tokens);
    }

    public List<JinjaStatement> Parse()
    {
        (List<JinjaStatement> body, string end) = ParseBody();
        return end.Length == 0 ? body : throw new JinjaFault($"'{end}' ends nothing");
    }

    /// <summary>Parses up to a tag that does not begin a statement. Returns that tag's name, or an empty text at the end.</summary>
    private (List<JinjaStatement> Body, string End) ParseBody()
    {
        JinjaRun.EnsureStack();
        var body = new List<JinjaStatement>();
        while (true)
        {
            JinjaToken token = _tokens.Next();
            switch (token.Kind)
            {
                case JinjaTokenKind.End:
                    return (body, "");
                case JinjaTokenKind.Data:
                    body.Add(new JinjaData(token.Text));
                    break;
                case JinjaTokenKind.VariableBegin:
                    body.Add(new JinjaPrint(_expressions.ParseTuple()));
                    _tokens.Expect(JinjaTokenKind.VariableEnd, "'}}'");
                    break;
                default:
                    string name = _tokens.Expect(JinjaTokenKind.Name, "a tag's name").Text;
                    if (name is "elif" or "else" || name.StartsWith("end", StringComparison.Ordinal))
                    {
                        return (body, name);
                    }
                    body.Add(ParseStatement(name));
                    break;
            }
        }
    }

    private JinjaStatement ParseStatement(string name) => name switch
    {
        "if" => ParseIf(),
        "for" => ParseFor(),
        "set" => ParseSet(),
        "macro" => ParseMacro(),
        "filter" => ParseFilterBlock(),
        "call" => ParseCallBlock(),
        "with" => ParseWith(),
        "block" => ParseNamedBlock(),
        "autoescape" => ParseAutoEscape(),
        "generation" => new JinjaGeneration(ParseBlock("generation")),
        "break" when _loops > 0 => ParseJump(JinjaFlow.Break),
        "continue" when _loops > 0 => ParseJump(JinjaFlow.Continue),
        "break" or "continue" => throw new JinjaFault($"'{name}' stands outside a loop"),
        "extends" or "include" or "import" or "from" or "do" or "trans" or "debug" =>
            throw JinjaFault.NotSupported($"the tag '{name}'"),
        _ => throw new JinjaFault($"there is no tag '{name}'"),
    };

    private JinjaIf ParseIf()
    {
        var branches = new List<(JinjaExpression, List<JinjaStatement>)>();
        List<JinjaStatement> otherwise = [];
        string end = "elif";
        while (end == "elif")
        {
            JinjaExpression test = _expressions.ParseTuple(withCondition: false);
            EndTag();
            (List<JinjaStatement> body, end) = ParseBody();
            branches.Add((test, body));
        }
        if (end == "else")
        {
            EndTag();
            (otherwise, end) = ParseBody();
        }
        Close("if", end);
        return new(branches, otherwise);
    }

    private JinjaFor ParseFor()
    {
        JinjaTarget target = ParseTarget();
        _tokens.ExpectName("in");
        JinjaExpression items = _expressions.ParseTuple(withCondition: false);
        JinjaExpression? filter = _tokens.TryName("if") ? _expressions.Parse() : null;
        bool isRecursive = _tokens.TryName("recursive");
        EndTag();
        _loops++;
        (List<JinjaStatement> body, string end) = ParseBody();
        _loops--;
        List<JinjaStatement> otherwise = [];
        if (end == "else")
        {
            EndTag();
            (otherwise, end) = ParseBody();
        }
        Close("for", end);
        return new(target, items, filter, body, otherwise, isRecursive);
    }

    private JinjaStatement ParseSet()
    {
        int line = _tokens.Line;
        JinjaTarget target = ParseTarget();
        if (_tokens.TryOperator("="))
        {
            JinjaExpression value = _expressions.ParseTuple();
            EndTag();
            return new JinjaSet(target, value);
        }
        Func<JinjaExpression, JinjaExpression>? filters = _tokens.TryOperator("|") ? _expressions.ParseFilters() : null;
        return new JinjaCapture(target, filters, line, ParseBlock("set"));
    }

    private JinjaCapture ParseFilterBlock()
    {
        int line = _tokens.Line;
        Func<JinjaExpression, JinjaExpression> filters = _expressions.ParseFilters();
        return new(null, filters, line, ParseBlock("filter"));
    }

    private JinjaMacro ParseMacro()
    {
        string name = _tokens.Expect(JinjaTokenKind.Name, "the macro's name").Text;
        return ParseMacroFrom(name, ParseParameters(), "macro");
    }

    private JinjaCallBlock ParseCallBlock()
    {
        int line = _tokens.Line;
        List<(string, JinjaExpression?)> parameters = _tokens.Current.IsOperator("(") ? ParseParameters() : [];
        JinjaExpression call = _expressions.Parse();
        return call is JinjaCall one
            ? new(one, ParseMacroFrom("caller", parameters, "call"))
            : throw new JinjaFault($"a 'call' block on line {line} calls nothing");
    }

    private JinjaWith ParseWith()
    {
        var names = new List<(JinjaTarget, JinjaExpression)>();
        while (_tokens.Current.Kind != JinjaTokenKind.BlockEnd)
        {
            if (names.Count > 0)
            {
                _tokens.ExpectOperator(",");
            }
            JinjaTarget target = new JinjaNameTarget(_tokens.Expect(JinjaTokenKind.Name, "a name").Text);
            _tokens.ExpectOperator("=");
            names.Add((target, _expressions.Parse()));
        }
        return new(names, ParseBlock("with"));
    }

    /// <summary>Parses a block. No other template can replace it, so it is its own body.</summary>
    private JinjaNamedBlock ParseNamedBlock()
    {
        string name = _tokens.Expect(JinjaTokenKind.Name, "the block's name").Text;
        bool isScoped = _tokens.TryName("scoped");
        if (_tokens.Current.IsName("required"))
        {
            throw JinjaFault.NotSupported("a required block");
        }
        if (!_blocks.Add(name))
        {
            throw new JinjaFault($"the block '{name}' is defined twice");
        }
        return new(isScoped, ParseBlock("block"));
    }

    private JinjaWith ParseAutoEscape() => _expressions.Parse() is JinjaConstant { Value: false }
        ? new([], ParseBlock("autoescape"))
        : throw JinjaFault.NotSupported("the tag 'autoescape'");

    private List<(string, JinjaExpression?)> ParseParameters()
    {
        var parameters = new List<(string, JinjaExpression?)>();
        _tokens.ExpectOperator("(");
        while (!_tokens.TryOperator(")"))
        {
            if (parameters.Count > 0)
            {
                _tokens.ExpectOperator(",");
            }
            string parameter = _tokens.Expect(JinjaTokenKind.Name, "a parameter").Text;
            parameters.Add((parameter, _tokens.TryOperator("=") ? _expressions.Parse() : null));
        }
        return parameters;
    }

    private JinjaMacro ParseMacroFrom(string name, List<(string, JinjaExpression?)> parameters, string tag)
    {
        // A macro's body is not inside the loop around the macro.
        (int loops, _loops) = (_loops, 0);
        HashSet<string> outer = _expressions.Names;
        HashSet<string> names = _expressions.Names = [];
        List<JinjaStatement> body = ParseBlock(tag);
        _loops = loops;
        outer.UnionWith(names);
        _expressions.Names = outer;
        return new(name, parameters, body, names);
    }

    private JinjaJump ParseJump(JinjaFlow flow)
    {
        EndTag();
        return new(flow);
    }

    private JinjaTarget ParseTarget()
    {
        List<JinjaTarget> targets = [];
        bool isTuple = _tokens.TryOperator("(");
        bool isBracketed = isTuple;
        do
        {
            if (targets.Count > 0 && _tokens.Current.Kind != JinjaTokenKind.Name)
            {
                break;
            }
            string name = _tokens.Expect(JinjaTokenKind.Name, "a name").Text;
            targets.Add(_tokens.TryOperator(".")
                ? new JinjaMemberTarget(name, _tokens.Expect(JinjaTokenKind.Name, "a name").Text)
                : new JinjaNameTarget(name));
            isTuple |= _tokens.Current.IsOperator(",");
        }
        while (_tokens.TryOperator(","));
        if (isBracketed)
        {
            _tokens.ExpectOperator(")");
        }
        return isTuple ? new JinjaTupleTarget(targets) : targets[0];
    }

    /// <summary>Parses from the end of a tag to the tag that closes it.</summary>
    private List<JinjaStatement> ParseBlock(string name)
    {
        EndTag();
        (List<JinjaStatement> body, string end) = ParseBody();
        Close(name, end);
        return body;
    }

    private void Close(string name, string end)
    {
        if (end != "end" + name)
        {
            throw new JinjaFault(end.Length == 0
                ? $"a '{name}' is never closed by 'end{name}'"
                : $"'{end}' stands where 'end{name}' is expected");
        }
        if (name is "macro" or "block" && _tokens.Current.Kind == JinjaTokenKind.Name)
        {
            _tokens.Next();
        }
        EndTag();
    }

    private void EndTag() => _tokens.Expect(JinjaTokenKind.BlockEnd, "'%}'");
}
