namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>Reads an answer by recursive descent: lists of relations of unions of sums of products of powers.</summary>
internal sealed class MathParser
{
    private readonly MathCursor _cursor;
    private readonly MathCommands _commands;
    private int _bars;                       // number of open |; then another | closes

    private MathParser(MathCursor cursor)
    {
        _cursor = cursor;
        _commands = new MathCommands(cursor, this);
    }

    /// <summary>Parses an answer; returns <see langword="null"/> if it cannot.</summary>
    public static MathNode? Parse(string text)
    {
        try
        {
            var parser = new MathParser(new MathCursor(MathLexer.Read(text)));
            var answer = parser.List('\0', closes: null);
            return parser._cursor.Current.Kind == MathTokenKind.End ? answer : null;
        }
        catch (MathSyntaxException)
        {
            return null;
        }
    }

    // Items separated by commas, up to a closing bracket or the end.
    private MathNode List(char open, string? closes)
    {
        _cursor.Enter();

        var items = new List<MathNode>();
        if (closes is null || !Closes(closes))
        {
            do
            {
                items.Add(Item());
            }
            while (_cursor.Take(',') && (_cursor.Take(',') || true) && !(closes is null ? _cursor.Current.Kind == MathTokenKind.End : Closes(closes)));
        }

        _cursor.Leave();
        char close = '\0';
        if (closes is not null)
        {
            close = Closes(closes) ? _cursor.Current.Text[0] : throw new MathSyntaxException();
            _cursor.Skip();
        }

        return items.Count == 1 && (open is '\0' || (open == '(' && close == ')')) ? items[0]
            : items.Count == 0 && open is not ('⦃' or '{') ? throw new MathSyntaxException()
            : new MathNode.Several(open is '⦃' ? '{' : open, items, close is '⦄' ? '}' : close);
    }

    private bool Closes(string closes) => _cursor.Current.Kind == MathTokenKind.Sign && closes.Contains(_cursor.Current.Text[0], StringComparison.Ordinal);

    // a = b, a < b ≤ c, x ∈ A; or a ratio a : b.
    private MathNode Item()
    {
        var first = UnionOf();
        if (_cursor.Current.Is(':'))
        {
            var parts = new List<MathNode> { first };
            while (_cursor.Take(':'))
            {
                parts.Add(Sum());
            }

            return new MathNode.Ratio(parts);
        }

        var terms = new List<MathNode> { first };
        var operators = new List<char>();
        while (_cursor.Current.Kind == MathTokenKind.Sign && _cursor.Current.Text[0] is '=' or '<' or '>' or '≤' or '≥' or '≠' or '∈')
        {
            operators.Add(_cursor.Current.Text[0]);
            _cursor.Skip();
            terms.Add(UnionOf());
        }

        return operators.Count == 0 ? first
            : operators is ['∈'] ? terms[1]
            : operators.TrueForAll(o => o is '>' or '≥')
                ? new MathNode.Relation(
                [.. terms.AsEnumerable().Reverse()], [.. operators.AsEnumerable().Reverse().Select(o => o == '>' ? '<' : '≤')])
            : new MathNode.Relation(terms, operators);
    }

    private MathNode UnionOf()
    {
        var first = Sum();
        if (!_cursor.Current.Is('∪'))
        {
            return first;
        }

        var parts = new List<MathNode> { first };
        while (_cursor.Take('∪'))
        {
            parts.Add(Sum());
        }

        return new MathNode.Union(parts);
    }

    /// <summary>Reads a sum, and the unit after it.</summary>
    public MathNode Sum()
    {
        _cursor.Enter();

        var sum = _cursor.Take('±') ? new MathNode.Binary('±', Zero, Product()) : Product();
        while (_cursor.Current.Kind == MathTokenKind.Sign && _cursor.Current.Text[0] is '+' or '-' or '±')
        {
            char sign = _cursor.Current.Text[0];
            _cursor.Skip();
            sum = new MathNode.Binary(sign, sum, Product());
        }

        _cursor.Leave();
        return _cursor.Current.Kind == MathTokenKind.Word ? MathUnits.Read(_cursor, sum) : sum;
    }

    private static MathNode.Number Zero { get; } = new("0", 0, false);

    private MathNode Product()
    {
        var product = Factor();
        while (true)
        {
            if (_cursor.Take('*'))
            {
                product = new MathNode.Binary('*', product, Factor());
            }
            else if (_cursor.Current.Is('/') && _cursor.Following(1).Kind != MathTokenKind.Word)
            {
                _cursor.Skip();
                product = new MathNode.Binary('/', product, Factor());
            }
            else if (StartsFactor())
            {
                product = new MathNode.Binary('*', product, Factor());
            }
            else
            {
                return product;
            }
        }
    }

    // A factor that may follow another one without a sign. Two numbers may not: "3 4" is not 12.
    private bool StartsFactor() => _cursor.Current.Kind switch
    {
        MathTokenKind.Symbol => true,
        MathTokenKind.Function => !_cursor.Current.Text.StartsWith("end ", StringComparison.Ordinal),
        MathTokenKind.Sign => _cursor.Current.Text[0] is '(' or '{' or '⌊' or '⌈' || (_cursor.Current.Is('|') && _bars == 0),
        _ => false,
    };

    /// <summary>Reads a factor with its sign.</summary>
    public MathNode Factor()
    {
        _cursor.Enter();

        MathNode factor = _cursor.Take('-') ? new MathNode.Call("neg", Factor()) : _cursor.Take('+') ? Factor() : _cursor.Take('$')
            ? new MathNode.Measured(Factor(), Unit.Of("dollar")) : Power();
        _cursor.Leave();
        return factor;
    }

    /// <summary>Reads a power, or a term without an exponent.</summary>
    public MathNode Power()
    {
        var value = Postfix(Primary());
        if (!_cursor.Current.Is('^'))
        {
            return value;
        }

        _cursor.Skip();
        if (_cursor.Current.Is('{') && _cursor.Following(1).Is('°'))
        {
            _cursor.Skip(2);
            _cursor.Expect('}');
            return Postfix(Degrees(value));
        }

        return _cursor.Take('°') ? Postfix(Degrees(value)) : Postfix(new MathNode.Binary('^', value, Factor()));
    }

    private MathNode.Measured Degrees(MathNode value)
    {
        string scale = _cursor.Current is { Kind: MathTokenKind.Symbol, Text: "C" or "F" } ? "°" + _cursor.Current.Text : "degree";
        _cursor.Skip(scale.Length == 2 ? 1 : 0);
        return new MathNode.Measured(value, Unit.Of(scale));
    }

    private MathNode Postfix(MathNode value)
    {
        while (true)
        {
            if (_cursor.Take('!'))
            {
                value = new MathNode.Call("!", value);
            }
            else if (_cursor.Take('%'))
            {
                value = new MathNode.Percent(value);
            }
            else if (_cursor.Take('°'))
            {
                value = Degrees(value);
            }
            else
            {
                return value;
            }
        }
    }

    /// <summary>Reads a number, a symbol, a function or something in brackets.</summary>
    public MathNode Primary()
    {
        var token = _cursor.Read();
        switch (token.Kind)
        {
            case MathTokenKind.Number:
                return MathNumbers.Read(_cursor, _commands, MathNumbers.Of(token.Text));
            case MathTokenKind.Symbol:
                return Subscript(token.Text is "Pi" ? "pi" : token.Text);
            case MathTokenKind.Function:
                return _commands.Read(token.Text);
            case MathTokenKind.Sign:
                switch (token.Text[0])
                {
                    case '(' or '[':
                        return Bracketed(token.Text[0], ")]");
                    case '⦃':
                        return Bracketed('⦃', "⦄}");
                    case '{':
                        var group = Bracketed('\0', "}");
                        return group is MathNode.Several { Open: '\0' } list ? list with { Open = '{' } : group;
                    case '⌊':
                        return Enclosed("floor", '⌋');
                    case '⌈':
                        return Enclosed("ceil", '⌉');
                    case '|':
                        _bars++;
                        var inner = Sum();
                        _bars--;
                        _cursor.Expect('|');
                        return new MathNode.Call("abs", inner);
                }

                break;
        }

        throw new MathSyntaxException();
    }

    /// <summary>Reads a sum up to a closing sign, within which | opens again.</summary>
    public MathNode SumUpTo(char close)
    {
        (int bars, _bars) = (_bars, 0);
        var sum = Sum();
        _cursor.Expect(close);
        _bars = bars;
        return sum;
    }

    private MathNode Bracketed(char open, string closes)
    {
        (int bars, _bars) = (_bars, 0);
        var list = List(open, closes);
        _bars = bars;
        return list;
    }

    private MathNode.Call Enclosed(string function, char close)
    {
        var inner = Sum();
        _cursor.Expect(close);
        return new MathNode.Call(function, inner);
    }

    private MathNode.Symbol Subscript(string name) => new(_cursor.Take('_') ? $"{name}_{_cursor.Braced()}" : name);
}
