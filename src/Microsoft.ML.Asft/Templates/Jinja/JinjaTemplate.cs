namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>
/// A Jinja template, such as a model's own <c>chat_template</c>, rendered as transformers renders
/// them (sandboxed, <c>trim_blocks</c>, <c>lstrip_blocks</c>). It supports all tags except those that load other templates, all filters,
/// tests and functions except those with a random result, and the methods of Python's text, lists and dictionaries. An error names
/// anything else.
/// </summary>
internal sealed class JinjaTemplate
{
    private const int LongestSource = 1 << 20;

    private readonly string _name;
    private readonly List<JinjaStatement> _body;
    private readonly HashSet<string> _mentioned;

    private JinjaTemplate(string name, string source, List<JinjaStatement> body, HashSet<string> mentioned)
    {
        _name = name;
        _body = body;
        _mentioned = mentioned;
        Source = source;
    }

    /// <summary>Gets the template's source.</summary>
    public string Source { get; }

    /// <summary>Parses a template.</summary>
    /// <param name="source">The template itself.</param>
    /// <param name="name">Its name in messages, such as its file.</param>
    /// <returns>The template.</returns>
    /// <exception cref="InvalidDataException">It is not a template; the message names the line.</exception>
    /// <exception cref="NotSupportedException">It uses a part of Jinja that is not supported; the message names it.</exception>
    public static JinjaTemplate Parse(string source, string name)
    {
        if (source.Length > LongestSource)
        {
            throw new InvalidDataException(
                $"{name}: a chat template of {source.Length:N0} characters is too long. The limit is {LongestSource:N0}.");
        }
        JinjaLexer lexer = JinjaLexer.For(source);
        JinjaTokens? tokens = null;
        try
        {
            List<JinjaToken> read = lexer.Read();
            tokens = new(read);
            IEnumerable<string> mentioned = read.Where(t => t.Kind is JinjaTokenKind.Name or JinjaTokenKind.Text).Select(t => t.Text);
            return new(name, source, new JinjaParser(tokens).Parse(), mentioned.ToHashSet(StringComparer.Ordinal));
        }
        catch (JinjaFault fault)
        {
            throw At(name, tokens?.Line ?? lexer.Line, fault);
        }
    }

    /// <summary>Whether a name occurs in the template's code, as a variable, an attribute or a string.</summary>
    public bool Mentions(string name) => _mentioned.Contains(name);

    /// <summary>Renders the template.</summary>
    /// <param name="variables">The names it may use.</param>
    /// <param name="now">The time for <c>strftime_now</c>.</param>
    /// <returns>The text. Its characters record their message and their <c>{% generation %}</c> block.</returns>
    /// <exception cref="InvalidDataException">
    /// The template raised an exception, used an undefined name, or exceeded a limit; the message names the line.
    /// </exception>
    /// <exception cref="NotSupportedException">It uses a part of Jinja that is not supported; the message names it.</exception>
    public JinjaString Render(JinjaDictionary variables, DateTimeOffset now)
    {
        var run = new JinjaRun(now);
        var scope = new JinjaScope(run, null);
        foreach ((object name, object? value) in variables)
        {
            scope[((JinjaString)name).Text] = value;
        }
        try
        {
            JinjaStatement.ExecuteAll(_body, scope);
            return run.Output.ToJinja();
        }
        catch (JinjaFault fault)
        {
            throw At(_name, run.Line, fault);
        }
        catch (OverflowException)
        {
            throw At(_name, run.Line, new("a whole number is beyond 64 bits"));
        }
    }

    private static Exception At(string name, int line, JinjaFault fault)
    {
        string message = $"{name}, line {line}: {fault.Message}";
        return fault.Unsupported ? new NotSupportedException(message) : new InvalidDataException(message);
    }
}
