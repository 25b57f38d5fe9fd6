namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>Reads functions, and the LaTeX commands that take arguments.</summary>
internal sealed class MathCommands(MathCursor cursor, MathParser parser)
{
    /// <summary>Reads the arguments of a name.</summary>
    public MathNode Read(string name)
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
                return cursor.Take('[') ? Root() : new MathNode.Call("sqrt", cursor.Current.Is('(') ? parser.Primary() : Argument());
            case "radical":
                return new MathNode.Call("sqrt", parser.Primary());
            case "overline":
                return Argument();
            case "begin pmatrix" or "begin bmatrix" or "begin matrix" or "begin vmatrix" or "begin array" or "begin smallmatrix":
                return MatrixOf(name);
        }

        if (name.StartsWith("begin ", StringComparison.Ordinal) || name.StartsWith("end ", StringComparison.Ordinal))
        {
            throw new MathSyntaxException();
        }

        MathNode? @base = name == "log" && cursor.Take('_') ? Argument() : null;
        MathNode? power = cursor.Take('^') ? (cursor.Current.Is('{') ? Argument() : parser.Primary()) : null;
        var argument = FunctionArgument();
        if (power is MathNode.Call { Function: "neg", Argument: MathNode.Number { Value: 1 } } && name is "sin" or "cos" or "tan")
        {
            return new MathNode.Call("arc" + name, argument);
        }

        var value = new MathNode.Call(name, argument, @base);
        return power is null ? value : new MathNode.Binary('^', value, power);
    }

    // sin 2x is the sine of 2x; sin x cos x is a product of two functions.
    private MathNode FunctionArgument()
    {
        if (cursor.Current.Is('(') || cursor.Current.Is('{') || cursor.Current.Is('|'))
        {
            return parser.Power();
        }

        var argument = parser.Factor();
        while (cursor.Current.Kind == MathTokenKind.Symbol || cursor.Current.IsFunction("frac") || cursor.Current.IsFunction("sqrt"))
        {
            argument = new MathNode.Binary('*', argument, parser.Factor());
        }

        return argument;
    }

    private MathNode.Call Root()
    {
        var degree = parser.SumUpTo(']');
        return new MathNode.Call("root", Argument(), degree);
    }

    // An argument in LaTeX is a group in braces, or one digit, letter or command.
    private MathNode Argument()
    {
        if (cursor.Take('{'))
        {
            return parser.SumUpTo('}');
        }

        if (cursor.Current is { Kind: MathTokenKind.Number, Text: { Length: > 1 } digits } && digits.All(char.IsAsciiDigit))
        {
            return MathNumbers.Of(cursor.ReadDigit());
        }

        return cursor.Current.Kind is MathTokenKind.Number or MathTokenKind.Symbol or MathTokenKind.Function ? parser.Primary()
            : throw new MathSyntaxException();
    }

    private MathNode.Matrix MatrixOf(string name)
    {
        if (name == "begin array" && cursor.Take('{'))
        {
            while (!cursor.Take('}'))
            {
                cursor.ReadSome();
            }
        }

        var rows = new List<IReadOnlyList<MathNode>>();
        string end = "end" + name[5..];
        while (!cursor.Current.IsFunction(end))
        {
            var row = new List<MathNode> { parser.Sum() };
            while (cursor.Take('&'))
            {
                row.Add(parser.Sum());
            }

            rows.Add(row);
            if (!cursor.Take('⏎') && !cursor.Current.IsFunction(end))
            {
                throw new MathSyntaxException();
            }
        }

        cursor.Skip();
        return new MathNode.Matrix(rows);
    }
}
