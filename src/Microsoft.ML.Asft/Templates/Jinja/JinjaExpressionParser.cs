using System.Globalization;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Parses Jinja's expressions, one method for each level of precedence, loosest first.</summary>
/// <remarks>It is longer than other files because the levels call each other, from the loosest to arguments and back: read it top to bottom.</remarks>
internal sealed class JinjaExpressionParser(JinjaTokens tokens)
{
    private static readonly string[] Sums = ["+", "-"];
    private static readonly string[] Products = ["*", "/", "//", "%"];
    private static readonly string[] Comparisons = ["==", "!=", "<", "<=", ">", ">="];

    /// <summary>Gets or sets the set that collects the parsed names.</summary>
    public HashSet<string> Names { get; set; } = [];

    /// <summary>Parses an expression, or a tuple of several separated by commas.</summary>
    public JinjaExpression ParseTuple(bool withCondition = true)
    {
        int line = tokens.Line;
        JinjaExpression first = withCondition ? Parse() : ParseOr();
        if (!tokens.Current.IsOperator(","))
        {
            return first;
        }
        List<JinjaExpression> items = [first];
        while (tokens.TryOperator(","))
        {
            if (tokens.Current.Kind is JinjaTokenKind.BlockEnd or JinjaTokenKind.VariableEnd || tokens.Current.IsOperator(")"))
            {
                break;
            }
            items.Add(withCondition ? Parse() : ParseOr());
        }
        return new JinjaListLiteral(line, items, IsTuple: true);
    }

    /// <summary>Parses <c>a if b else c</c> and everything that binds tighter.</summary>
    public JinjaExpression Parse()
    {
        JinjaRun.EnsureStack();
        JinjaExpression value = ParseOr();
        while (tokens.Current.IsName("if"))
        {
            int line = tokens.Next().Line;
            JinjaExpression test = ParseOr();
            value = new JinjaCondition(line, test, value, tokens.TryName("else") ? Parse() : null);
        }
        return value;
    }

    /// <summary>Parses <c>or</c> and everything that binds tighter. It leaves a following <c>if</c> to a <c>for</c>.</summary>
    public JinjaExpression ParseOr()
    {
        JinjaExpression left = ParseAnd();
        while (tokens.Current.IsName("or"))
        {
            left = new JinjaBinary(tokens.Next().Line, "or", left, ParseAnd());
        }
        return left;
    }

    /// <summary>Parses the filters of a <c>filter</c> or <c>set</c> tag, applied to a value.</summary>
    public Func<JinjaExpression, JinjaExpression> ParseFilters()
    {
        Func<JinjaExpression, JinjaExpression> filtered = ParseFilter();
        while (tokens.TryOperator("|"))
        {
            (Func<JinjaExpression, JinjaExpression> before, Func<JinjaExpression, JinjaExpression> filter) = (filtered, ParseFilter());
            filtered = value => filter(before(value));
        }
        return filtered;
    }

    private JinjaExpression ParseAnd()
    {
        JinjaExpression left = ParseNot();
        while (tokens.Current.IsName("and"))
        {
            left = new JinjaBinary(tokens.Next().Line, "and", left, ParseNot());
        }
        return left;
    }

    private JinjaExpression ParseNot()
    {
        JinjaRun.EnsureStack();
        return tokens.Current.IsName("not") ? new JinjaUnary(tokens.Next().Line, "not", ParseNot()) : ParseComparison();
    }

    private JinjaExpression ParseComparison()
    {
        JinjaExpression left = ParseSum();
        JinjaExpression? all = null;
        while (Comparison() is { } operation)
        {
            int line = tokens.Line;
            JinjaExpression right = ParseSum();
            JinjaExpression one = new JinjaBinary(line, operation, left, right);
            // As in Python, a < b < c means a < b and b < c.
            all = all is null ? one : new JinjaBinary(line, "and", all, one);
            left = right;
        }
        return all ?? left;
    }

    private string? Comparison()
    {
        if (tokens.Current.Kind == JinjaTokenKind.Operator && Comparisons.Contains(tokens.Current.Text))
        {
            return tokens.Next().Text;
        }
        if (tokens.Current.IsName("not") && tokens.Following.IsName("in"))
        {
            tokens.Next();
            tokens.Next();
            return "not in";
        }
        return tokens.TryName("in") ? "in" : null;
    }

    private JinjaExpression ParseSum() => ParseLeft(Sums, ParseConcatenation);

    private JinjaExpression ParseConcatenation() => ParseLeft(["~"], ParseProduct);

    private JinjaExpression ParseProduct() => ParseLeft(Products, ParsePower);

    // As in Jinja and unlike Python: left to right, and a unary minus binds tighter.
    private JinjaExpression ParsePower() => ParseLeft(["**"], () => ParseUnary());

    private JinjaExpression ParseLeft(string[] operations, Func<JinjaExpression> parseOperand)
    {
        JinjaExpression left = parseOperand();
        while (tokens.Current.Kind == JinjaTokenKind.Operator && operations.Contains(tokens.Current.Text))
        {
            JinjaToken operation = tokens.Next();
            left = new JinjaBinary(operation.Line, operation.Text, left, parseOperand());
        }
        return left;
    }

    private JinjaExpression ParseUnary(bool withFilters = true)
    {
        JinjaRun.EnsureStack();
        JinjaExpression value = tokens.Current.IsOperator("-") || tokens.Current.IsOperator("+")
            ? new JinjaUnary(tokens.Line, tokens.Next().Text, ParseUnary(withFilters: false))
            : ParsePrimary();
        value = ParsePostfix(value);
        return withFilters ? ParseFiltersAndTests(value) : value;
    }

    private JinjaExpression ParsePrimary()
    {
        JinjaToken token = tokens.Next();
        switch (token.Kind)
        {
            case JinjaTokenKind.Name:
                Names.Add(token.Text);
                return token.Text switch
                {
                    "true" or "True" => new JinjaConstant(token.Line, true),
                    "false" or "False" => new JinjaConstant(token.Line, false),
                    "none" or "None" => new JinjaConstant(token.Line, null),
                    _ => new JinjaName(token.Line, token.Text),
                };
            case JinjaTokenKind.Text:
                List<string> parts = [token.Text];
                while (tokens.Current.Kind == JinjaTokenKind.Text)
                {
                    parts.Add(tokens.Next().Text);
                }
                return new JinjaConstant(token.Line, new JinjaString(string.Concat(parts)));
            case JinjaTokenKind.Integer:
                return new JinjaConstant(token.Line, PythonNumber.Whole(token.Text, radix: 0)
                    ?? throw new JinjaFault($"{token.Text} is beyond 64 bits"));
            case JinjaTokenKind.Float:
                return new JinjaConstant(token.Line, double.Parse(token.Text, CultureInfo.InvariantCulture));
            case JinjaTokenKind.Operator when token.Text == "(":
                JinjaExpression inner = tokens.Current.IsOperator(")") ? new JinjaListLiteral(token.Line, [], IsTuple: true) : ParseTuple();
                tokens.ExpectOperator(")");
                return inner;
            case JinjaTokenKind.Operator when token.Text == "[":
                return new JinjaListLiteral(token.Line, ParseUntil("]", Parse), IsTuple: false);
            case JinjaTokenKind.Operator when token.Text == "{":
                return new JinjaDictionaryLiteral(token.Line, ParseUntil("}", ParsePair));
            default:
                throw new JinjaFault($"{token} stands where a value is expected");
        }
    }

    private (JinjaExpression Key, JinjaExpression Value) ParsePair()
    {
        JinjaExpression key = Parse();
        tokens.ExpectOperator(":");
        return (key, Parse());
    }

    private List<T> ParseUntil<T>(string close, Func<T> parse)
    {
        var items = new List<T>();
        while (!tokens.TryOperator(close))
        {
            if (items.Count > 0)
            {
                tokens.ExpectOperator(",");
                if (tokens.TryOperator(close))
                {
                    break;
                }
            }
            items.Add(parse());
        }
        return items;
    }

    public JinjaExpression ParsePostfix(JinjaExpression value)
    {
        while (true)
        {
            int line = tokens.Line;
            if (tokens.TryOperator("."))
            {
                value = tokens.Current.Kind == JinjaTokenKind.Integer
                    ? new JinjaItem(line, value, ParsePrimary())
                    : new JinjaMember(line, value, tokens.Expect(JinjaTokenKind.Name, "a name").Text);
            }
            else if (tokens.TryOperator("["))
            {
                value = ParseSubscript(line, value);
            }
            else if (tokens.Current.IsOperator("("))
            {
                value = new JinjaCall(line, value, ParseArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private JinjaExpression ParseSubscript(int line, JinjaExpression value)
    {
        JinjaExpression? Bound() => tokens.Current.IsOperator(":") || tokens.Current.IsOperator("]") ? null : Parse();
        JinjaExpression? first = Bound();
        if (first is not null && tokens.TryOperator("]"))
        {
            return new JinjaItem(line, value, first);
        }
        if (tokens.Current.IsOperator(","))
        {
            throw JinjaFault.NotSupported("several subscripts in one pair of brackets");
        }
        tokens.ExpectOperator(":");
        JinjaExpression? stop = Bound();
        JinjaExpression? step = tokens.TryOperator(":") ? Bound() : null;
        tokens.ExpectOperator("]");
        return new JinjaSlice(line, value, first, stop, step);
    }

    private JinjaExpression ParseFiltersAndTests(JinjaExpression value)
    {
        while (true)
        {
            if (tokens.TryOperator("|"))
            {
                value = ParseFilter()(value);
            }
            else if (tokens.Current.IsName("is"))
            {
                value = ParseTest(value);
            }
            else if (tokens.Current.IsOperator("("))
            {
                value = new JinjaCall(tokens.Line, value, ParseArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Func<JinjaExpression, JinjaExpression> ParseFilter()
    {
        JinjaToken name = tokens.Expect(JinjaTokenKind.Name, "a filter's name");
        JinjaArgumentList arguments = tokens.Current.IsOperator("(") ? ParseArguments() : JinjaArgumentList.Empty;
        return value => new JinjaFilter(name.Line, value, name.Text, arguments);
    }

    private JinjaExpression ParseTest(JinjaExpression value)
    {
        int line = tokens.Next().Line;
        bool negated = tokens.TryName("not");
        string name = tokens.Expect(JinjaTokenKind.Name, "a test's name").Text;
        JinjaArgumentList arguments = JinjaArgumentList.Empty;
        if (tokens.Current.IsOperator("("))
        {
            arguments = ParseArguments();
        }
        else if (BeginsBareArgument(tokens.Current))
        {
            arguments = new([ParsePostfix(ParsePrimary())], []);
        }
        JinjaExpression test = new JinjaTest(line, value, name, arguments);
        return negated ? new JinjaUnary(line, "not", test) : test;
    }

    private static bool BeginsBareArgument(JinjaToken token) =>
        token.Kind is JinjaTokenKind.Text or JinjaTokenKind.Integer or JinjaTokenKind.Float
        || token.IsOperator("[") || token.IsOperator("{")
        || (token.Kind == JinjaTokenKind.Name && token.Text is not ("else" or "or" or "and" or "is" or "if" or "in" or "not"));

    public JinjaArgumentList ParseArguments()
    {
        tokens.ExpectOperator("(");
        var positional = new List<JinjaExpression>();
        var named = new List<(string, JinjaExpression)>();
        (JinjaExpression? list, JinjaExpression? mapping) = (null, null);
        ParseUntil(")", () =>
        {
            if (mapping is null && tokens.TryOperator("**"))
            {
                mapping = Parse();
            }
            else if (list is null && mapping is null && tokens.TryOperator("*"))
            {
                list = Parse();
            }
            else if (tokens.Current.Kind == JinjaTokenKind.Name && tokens.Following.IsOperator("="))
            {
                string name = tokens.Next().Text;
                tokens.Next();
                named.Add((name, Parse()));
            }
            else if (named.Count > 0 || list is not null || mapping is not null)
            {
                throw new JinjaFault("an argument without a name stands after one with a name, '*' or '**'");
            }
            else
            {
                positional.Add(Parse());
            }
            return true;
        });
        return new(positional, named, list, mapping);
    }
}
