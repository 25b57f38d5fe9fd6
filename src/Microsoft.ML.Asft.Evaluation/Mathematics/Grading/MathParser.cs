using System.Globalization;

namespace Microsoft.ML.Asft.Evaluation.Grading;

/// <summary>Reads an answer by recursive descent: lists of relations of unions of sums of products of powers.</summary>
internal sealed class MathParser
{
    private const int DeepestNesting = 60;

    private static readonly Dictionary<string, double> Multiples = new(StringComparer.OrdinalIgnoreCase)
    {
        ["hundred"] = 100, ["thousand"] = 1e3, ["million"] = 1e6, ["billion"] = 1e9, ["dozen"] = 12,
    };

    private readonly List<MathToken> _tokens;
    private int _at;
    private int _depth;
    private int _bars;                       // open |, within which another | closes

    private MathParser(List<MathToken> tokens) => _tokens = tokens;

    private MathToken Current => _tokens[_at];

    /// <summary>Reads an answer; <see langword="null"/> for one that is not understood.</summary>
    public static MathNode? Parse(string text)
    {
        try
        {
            var parser = new MathParser(MathLexer.Read(text));
            var answer = parser.List('\0', closes: null);
            return parser.Current.Kind == MathTokenKind.End ? answer : null;
        }
        catch (MathSyntaxException)
        {
            return null;
        }
    }

    // Items divided by commas, up to a closing bracket or the end.
    private MathNode List(char open, string? closes)
    {
        if (++_depth > DeepestNesting)
        {
            throw new MathSyntaxException();
        }

        var items = new List<MathNode>();
        if (closes is null || !Closes(closes))
        {
            do
            {
                items.Add(Item());
            }
            while (Take(',') && (Take(',') || true) && !(closes is null ? Current.Kind == MathTokenKind.End : Closes(closes)));
        }

        _depth--;
        char close = '\0';
        if (closes is not null)
        {
            close = Closes(closes) ? Current.Text[0] : throw new MathSyntaxException();
            _at++;
        }

        return items.Count == 1 && (open is '\0' || (open == '(' && close == ')')) ? items[0]
            : items.Count == 0 && open is not ('⦃' or '{') ? throw new MathSyntaxException()
            : new MathNode.Several(open is '⦃' ? '{' : open, items, close is '⦄' ? '}' : close);
    }

    private bool Closes(string closes) => Current.Kind == MathTokenKind.Sign && closes.Contains(Current.Text[0], StringComparison.Ordinal);

    // a = b, a < b ≤ c, x ∈ A; or a ratio a : b.
    private MathNode Item()
    {
        var first = UnionOf();
        if (Current.Is(':'))
        {
            var parts = new List<MathNode> { first };
            while (Take(':'))
            {
                parts.Add(Sum());
            }

            return new MathNode.Ratio(parts);
        }

        var terms = new List<MathNode> { first };
        var operators = new List<char>();
        while (Current.Kind == MathTokenKind.Sign && Current.Text[0] is '=' or '<' or '>' or '≤' or '≥' or '≠' or '∈')
        {
            operators.Add(Current.Text[0]);
            _at++;
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
        if (!Current.Is('∪'))
        {
            return first;
        }

        var parts = new List<MathNode> { first };
        while (Take('∪'))
        {
            parts.Add(Sum());
        }

        return new MathNode.Union(parts);
    }

    private MathNode Sum()
    {
        if (++_depth > DeepestNesting)
        {
            throw new MathSyntaxException();
        }

        var sum = Take('±') ? new MathNode.Binary('±', Zero, Product()) : Product();
        while (Current.Kind == MathTokenKind.Sign && Current.Text[0] is '+' or '-' or '±')
        {
            char sign = Current.Text[0];
            _at++;
            sum = new MathNode.Binary(sign, sum, Product());
        }

        _depth--;
        return Current.Kind == MathTokenKind.Word ? Measured(sum) : sum;
    }

    private static MathNode.Number Zero { get; } = new("0", 0, false);

    private MathNode Product()
    {
        var product = Factor();
        while (true)
        {
            if (Take('*'))
            {
                product = new MathNode.Binary('*', product, Factor());
            }
            else if (Current.Is('/') && _tokens[_at + 1].Kind != MathTokenKind.Word)
            {
                _at++;
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

    // What can stand beside another factor without a sign between them. Two numbers cannot: "3 4" is no 12.
    private bool StartsFactor() => Current.Kind switch
    {
        MathTokenKind.Symbol => true,
        MathTokenKind.Function => !Current.Text.StartsWith("end ", StringComparison.Ordinal),
        MathTokenKind.Sign => Current.Text[0] is '(' or '{' or '⌊' or '⌈' || (Current.Is('|') && _bars == 0),
        _ => false,
    };

    private MathNode Factor()
    {
        if (++_depth > DeepestNesting)
        {
            throw new MathSyntaxException();
        }

        MathNode factor = Take('-') ? new MathNode.Call("neg", Factor()) : Take('+') ? Factor() : Take('$')
            ? new MathNode.Measured(Factor(), Unit.Of("dollar")) : Power();
        _depth--;
        return factor;
    }

    private MathNode Power()
    {
        var value = Postfix(Primary());
        if (!Current.Is('^'))
        {
            return value;
        }

        _at++;
        if (Current.Is('{') && _tokens[_at + 1].Is('°'))
        {
            _at += 2;
            Expect('}');
            return Postfix(Degrees(value));
        }

        return Take('°') ? Postfix(Degrees(value)) : Postfix(new MathNode.Binary('^', value, Factor()));
    }

    private MathNode.Measured Degrees(MathNode value)
    {
        string scale = Current is { Kind: MathTokenKind.Symbol, Text: "C" or "F" } ? "°" + Current.Text : "degree";
        _at += scale.Length == 2 ? 1 : 0;
        return new MathNode.Measured(value, Unit.Of(scale));
    }

    private MathNode Postfix(MathNode value)
    {
        while (true)
        {
            if (Take('!'))
            {
                value = new MathNode.Call("!", value);
            }
            else if (Take('%'))
            {
                value = new MathNode.Percent(value);
            }
            else if (Take('°'))
            {
                value = Degrees(value);
            }
            else
            {
                return value;
            }
        }
    }

    private MathNode Primary()
    {
        var token = Current;
        _at++;
        switch (token.Kind)
        {
            case MathTokenKind.Number:
                return Mixed(NumberOf(token.Text));
            case MathTokenKind.Symbol:
                return Subscript(token.Text is "Pi" ? "pi" : token.Text);
            case MathTokenKind.Function:
                return Function(token.Text);
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
                        Expect('|');
                        return new MathNode.Call("abs", inner);
                }

                break;
        }

        throw new MathSyntaxException();
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
        Expect(close);
        return new MathNode.Call(function, inner);
    }

    private static MathNode.Number NumberOf(string digits)
    {
        digits = digits.TrimEnd('.');
        return new MathNode.Number(
            digits, double.Parse(digits, CultureInfo.InvariantCulture), digits.Contains('.', StringComparison.Ordinal));
    }

    // 1 1/2 and 1\frac{1}{2}; a number in another base, 101_2; recurring digits, 0.\overline{3}.
    private MathNode Mixed(MathNode.Number whole)
    {
        if (Take('_'))
        {
            int @base = int.TryParse(Braced(), CultureInfo.InvariantCulture, out int b) && b is >= 2 and <= 10 ? b
                : throw new MathSyntaxException();
            double value = whole.Digits.Aggregate(0.0, (sum, digit) => (sum * @base) + (digit - '0'));
            return whole.IsDecimal ? throw new MathSyntaxException()
                : new MathNode.Number(value.ToString("F0", CultureInfo.InvariantCulture), value, false);
        }

        if (Current.IsFunction("overline"))
        {
            _at++;
            string digits = Braced();
            double unit = whole.IsDecimal ? Math.Pow(10, -(whole.Digits.Length - whole.Digits.IndexOf('.', StringComparison.Ordinal) - 1))
                : 1;
            double period = digits.Length is > 0 and < 10 && digits.All(char.IsAsciiDigit)
                ? double.Parse(digits, CultureInfo.InvariantCulture) : throw new MathSyntaxException();
            return new MathNode.Binary(
                '+', whole with { IsDecimal = false }, new MathNode.Number("", unit * period / (Math.Pow(10, digits.Length) - 1), false));
        }

        if (!whole.IsDecimal && Current.IsFunction("frac"))
        {
            int start = _at++;
            var fraction = Function("frac");
            if (fraction is MathNode.Binary { Left: MathNode.Number { IsDecimal: false }, Right: MathNode.Number { IsDecimal: false } })
            {
                return new MathNode.Binary('+', whole, fraction);
            }

            _at = start;
        }
        else if (!whole.IsDecimal && Current is { Kind: MathTokenKind.Number, AfterSpace: true } && _tokens[_at + 1].Is('/')
            && _tokens[_at + 2].Kind == MathTokenKind.Number)
        {
            var fraction = new MathNode.Binary('/', NumberOf(Current.Text), NumberOf(_tokens[_at + 2].Text));
            _at += 3;
            return new MathNode.Binary('+', whole, fraction);
        }

        return whole;
    }

    private MathNode.Symbol Subscript(string name) => new(Take('_') ? $"{name}_{Braced()}" : name);

    // The tokens in the braces that follow, or the one token that follows, as text.
    private string Braced()
    {
        if (!Take('{'))
        {
            return Current.Kind is MathTokenKind.Number or MathTokenKind.Symbol ? _tokens[_at++].Text : throw new MathSyntaxException();
        }

        string text = "";
        while (!Current.Is('}'))
        {
            text += Current.Kind != MathTokenKind.End ? _tokens[_at++].Text : throw new MathSyntaxException();
        }

        _at++;
        return text;
    }

    private MathNode Function(string name)
    {
        switch (name)
        {
            case "frac":
                var numerator = Argument();
                return new MathNode.Binary('/', numerator, Argument());
            case "binom":
                var from = Argument();
                return new MathNode.Call("binom", from, Argument());
            case "sqrt":
                return Take('[') ? Root() : new MathNode.Call("sqrt", Current.Is('(') ? Primary() : Argument());
            case "radical":
                return new MathNode.Call("sqrt", Primary());
            case "overline":
                return Argument();
            case "begin pmatrix" or "begin bmatrix" or "begin matrix" or "begin vmatrix" or "begin array" or "begin smallmatrix":
                return MatrixOf(name);
        }

        if (name.StartsWith("begin ", StringComparison.Ordinal) || name.StartsWith("end ", StringComparison.Ordinal))
        {
            throw new MathSyntaxException();
        }

        MathNode? @base = name == "log" && Take('_') ? Argument() : null;
        MathNode? power = Take('^') ? (Current.Is('{') ? Argument() : Primary()) : null;
        var argument = FunctionArgument();
        if (power is MathNode.Call { Function: "neg", Argument: MathNode.Number { Value: 1 } } && name is "sin" or "cos" or "tan")
        {
            return new MathNode.Call("arc" + name, argument);
        }

        var value = new MathNode.Call(name, argument, @base);
        return power is null ? value : new MathNode.Binary('^', value, power);
    }

    // sin 2x is the sine of all of it, sin x cos x a product of two functions.
    private MathNode FunctionArgument()
    {
        if (Current.Is('(') || Current.Is('{') || Current.Is('|'))
        {
            return Power();
        }

        var argument = Factor();
        while (Current.Kind == MathTokenKind.Symbol || Current.IsFunction("frac") || Current.IsFunction("sqrt"))
        {
            argument = new MathNode.Binary('*', argument, Factor());
        }

        return argument;
    }

    private MathNode.Call Root()
    {
        (int bars, _bars) = (_bars, 0);
        var degree = Sum();
        Expect(']');
        _bars = bars;
        return new MathNode.Call("root", Argument(), degree);
    }

    // LaTeX takes what is in braces, or one digit, letter or command.
    private MathNode Argument()
    {
        if (Take('{'))
        {
            (int bars, _bars) = (_bars, 0);
            var argument = Sum();
            _bars = bars;
            Expect('}');
            return argument;
        }

        if (Current is { Kind: MathTokenKind.Number, Text: { Length: > 1 } digits } && digits.All(char.IsAsciiDigit))
        {
            _tokens[_at] = Current with { Text = digits[1..] };
            return NumberOf(digits[..1]);
        }

        return Current.Kind is MathTokenKind.Number or MathTokenKind.Symbol or MathTokenKind.Function ? Primary()
            : throw new MathSyntaxException();
    }

    private MathNode.Matrix MatrixOf(string name)
    {
        if (name == "begin array" && Take('{'))
        {
            while (!Take('}'))
            {
                _at += Current.Kind != MathTokenKind.End ? 1 : throw new MathSyntaxException();
            }
        }

        var rows = new List<IReadOnlyList<MathNode>>();
        string end = "end" + name[5..];
        while (!Current.IsFunction(end))
        {
            var row = new List<MathNode> { Sum() };
            while (Take('&'))
            {
                row.Add(Sum());
            }

            rows.Add(row);
            if (!Take('⏎') && !Current.IsFunction(end))
            {
                throw new MathSyntaxException();
            }
        }

        _at++;
        return new MathNode.Matrix(rows);
    }

    // The words after a number: "cm", "square feet", "km per hour", "m/s^2", or something that is no unit.
    private MathNode.Measured Measured(MathNode value)
    {
        (Unit? unit, bool known, bool per, int power) = (null, true, false, 1);
        if (value is MathNode.Measured { Unit: { } currency } money)
        {
            (value, unit) = (money.Value, currency);
        }

        while (true)
        {
            if (Current.Kind == MathTokenKind.Word || (per && IsUnitLetter(Current)))
            {
                string word = _tokens[_at++].Text;
                if (word.ToLowerInvariant() is "per" or "square" or "sq" or "cubic")
                {
                    per |= word.Equals("per", StringComparison.OrdinalIgnoreCase);
                    power = per && word.Equals("per", StringComparison.OrdinalIgnoreCase) ? 1 : word.StartsWith('c')
                        || word.StartsWith('C') ? 3 : 2;
                    continue;
                }

                if (unit is null && known && Multiples.TryGetValue(word, out double multiple))
                {
                    value = new MathNode.Binary('*', value, new MathNode.Number("", multiple, false));
                    continue;
                }

                var next = Unit.Of(word);
                power = Take('^') && int.TryParse(Braced(), CultureInfo.InvariantCulture, out int written) ? written : power;
                known &= next is not null && Math.Abs(power) < 10;
                next = next?.ToThe(power);
                unit = unit is null || next is null ? next ?? unit : per ? unit.Per(next) : unit.Times(next);
                (per, power) = (false, 1);
            }
            else if (Current.Is('/') && (_tokens[_at + 1].Kind == MathTokenKind.Word || IsUnitLetter(_tokens[_at + 1])))
            {
                _at++;
                per = true;
            }
            else if (Current.Is('*') && _tokens[_at + 1].Kind == MathTokenKind.Word)
            {
                _at++;
            }
            else
            {
                return new MathNode.Measured(value, known ? unit : null);
            }
        }
    }

    private static bool IsUnitLetter(MathToken token) => token.Kind == MathTokenKind.Symbol && Unit.Of(token.Text) is not null;

    private bool Take(char sign)
    {
        bool found = Current.Is(sign);
        _at += found ? 1 : 0;
        return found;
    }

    private void Expect(char sign)
    {
        if (!Take(sign))
        {
            throw new MathSyntaxException();
        }
    }
}
