namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>
/// Splits template source into tokens, with transformers' white space control: <c>trim_blocks</c> drops the line
/// feed after a block tag or comment, <c>lstrip_blocks</c> the blanks before one that is first on its line.
/// </summary>
internal sealed class JinjaLexer
{
    private static readonly string[] Operators =
        ["//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|", ","];

    private readonly List<JinjaToken> _tokens = [];
    private readonly string _source;
    private int _position;
    private int _line = 1;

    // Whether the previous tag ended with a line feed, so that the next one is first on its line.
    private bool _atLineStart = true;

    private JinjaLexer(string source) => _source = source;

    /// <summary>Gets the current line; after a fault, the fault's line.</summary>
    public int Line => _line;

    /// <summary>Makes a lexer for a template.</summary>
    /// <param name="source">The template; its line ends become line feeds, and a last one is dropped, as Jinja does.</param>
    public static JinjaLexer For(string source)
    {
        string unix = source.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        return new(unix.EndsWith('\n') ? unix[..^1] : unix);
    }

    public List<JinjaToken> Read()
    {
        while (_position < _source.Length)
        {
            int tag = NextTag();
            char kind = tag < _source.Length ? _source[tag + 1] : '\0';
            char sign = tag + 2 < _source.Length && _source[tag + 2] is '-' or '+' ? _source[tag + 2] : '\0';
            AddData(tag, kind, sign);
            _position += kind == '\0' ? 0 : sign == '\0' ? 2 : 3;

            switch (kind)
            {
                case '#':
                    SkipComment();
                    break;
                case '%' when TrySkipRawTag("raw", trimsLineFeed: false):
                    ReadRaw();
                    break;
                case '%':
                    ReadTag(JinjaTokenKind.BlockBegin, JinjaTokenKind.BlockEnd, "%}");
                    break;
                case '{':
                    ReadTag(JinjaTokenKind.VariableBegin, JinjaTokenKind.VariableEnd, "}}");
                    break;
            }
        }
        Add(JinjaTokenKind.End, "");
        return _tokens;
    }

    private int NextTag()
    {
        for (int at = _position; (at = _source.IndexOf('{', at)) >= 0 && at + 1 < _source.Length; at++)
        {
            if (_source[at + 1] is '{' or '%' or '#')
            {
                return at;
            }
        }
        return _source.Length;
    }

    /// <summary>Adds the text up to a tag, without the white space that the tag strips before it.</summary>
    private void AddData(int end, char kind, char sign)
    {
        string text = _source[_position..end];
        string kept = text;
        if (sign == '-')
        {
            kept = PythonText.TrimEnd(text);
        }
        else if (sign != '+' && kind is '%' or '#')
        {
            int lineStart = text.LastIndexOf('\n') + 1;
            if ((lineStart > 0 || _atLineStart) && PythonText.IsBlank(text.AsSpan(lineStart)))
            {
                kept = text[..lineStart];
            }
        }
        if (kept.Length > 0)
        {
            Add(JinjaTokenKind.Data, kept);
        }
        MoveTo(end);
    }

    private void SkipComment()
    {
        int end = _source.IndexOf("#}", _position, StringComparison.Ordinal);
        if (end < 0)
        {
            throw new JinjaFault("a comment '{#' is never closed by '#}'");
        }
        char sign = end > _position ? _source[end - 1] : '\0';
        MoveTo(end + 2);
        EndTag(sign, trimsLineFeed: true);
    }

    private void ReadRaw()
    {
        (int begin, bool beginsLine) = (_position, _atLineStart);
        for (int at = begin; (at = _source.IndexOf("{%", at, StringComparison.Ordinal)) >= 0; at += 2)
        {
            char sign = at + 2 < _source.Length && _source[at + 2] is '-' or '+' ? _source[at + 2] : '\0';
            _position = at + (sign == '\0' ? 2 : 3);
            if (TrySkipRawTag("endraw", trimsLineFeed: true))
            {
                int end = _position;
                bool atLineStart = _atLineStart;
                (_position, _atLineStart) = (begin, beginsLine);
                AddData(at, '%', sign);
                (_position, _atLineStart) = (end, atLineStart);
                return;
            }
        }
        throw new JinjaFault("'{% raw %}' is never closed by '{% endraw %}'");
    }

    /// <summary>Skips the rest of a <c>raw</c> or <c>endraw</c> tag, which begins at the position, when it is one.</summary>
    private bool TrySkipRawTag(string name, bool trimsLineFeed)
    {
        int at = SkipBlanks(_position);
        if (string.CompareOrdinal(_source, at, name, 0, name.Length) != 0)
        {
            return false;
        }
        at = SkipBlanks(at + name.Length);
        char sign = at < _source.Length && _source[at] is '-' or '+' ? _source[at++] : '\0';
        if (string.CompareOrdinal(_source, at, "%}", 0, 2) != 0)
        {
            return false;
        }
        MoveTo(at + 2);
        EndTag(sign, trimsLineFeed);
        return true;
    }

    private void ReadTag(JinjaTokenKind begin, JinjaTokenKind end, string close)
    {
        Add(begin, begin == JinjaTokenKind.BlockBegin ? "{%" : "{{");
        var open = new Stack<char>();
        while (true)
        {
            MoveTo(SkipBlanks(_position));
            if (_position >= _source.Length)
            {
                throw new JinjaFault($"a tag is never closed by '{close}'");
            }
            if (open.Count == 0)
            {
                char sign = _source[_position] is '-' or '+' ? _source[_position] : '\0';
                int at = sign == '\0' ? _position : _position + 1;
                bool plusIsNoSign = sign == '+' && end == JinjaTokenKind.VariableEnd;
                if (!plusIsNoSign && string.CompareOrdinal(_source, at, close, 0, 2) == 0)
                {
                    Add(end, close);
                    _position = at + 2;
                    EndTag(sign, trimsLineFeed: end == JinjaTokenKind.BlockEnd);
                    return;
                }
            }
            ReadToken(open);
        }
    }

    private void EndTag(char sign, bool trimsLineFeed)
    {
        int end = _position;
        if (sign == '-')
        {
            end = SkipBlanks(end);
        }
        else if (sign != '+' && trimsLineFeed && end < _source.Length && _source[end] == '\n')
        {
            end++;
        }
        MoveTo(end);
        _atLineStart = _source[end - 1] == '\n';
    }

    private void ReadToken(Stack<char> open)
    {
        char first = _source[_position];
        if (first is '\'' or '"')
        {
            (string text, int end) = JinjaLiterals.ReadString(_source, _position);
            Add(JinjaTokenKind.Text, text);
            MoveTo(end);
        }
        else if (char.IsAsciiDigit(first))
        {
            (string text, bool isFloat, int end) = JinjaLiterals.ReadNumber(_source, _position);
            Add(isFloat ? JinjaTokenKind.Float : JinjaTokenKind.Integer, text);
            _position = end;
        }
        else if (first == '_' || char.IsLetter(first))
        {
            int end = _position + 1;
            while (end < _source.Length && (_source[end] == '_' || char.IsLetterOrDigit(_source[end])))
            {
                end++;
            }
            Add(JinjaTokenKind.Name, _source[_position..end]);
            _position = end;
        }
        else
        {
            string text = Operators.FirstOrDefault(o => string.CompareOrdinal(_source, _position, o, 0, o.Length) == 0)
                ?? throw new JinjaFault($"the character '{first}' has no meaning in a tag");
            if (text is "(" or "[" or "{")
            {
                open.Push(text[0] switch { '(' => ')', '[' => ']', _ => '}' });
            }
            else if (text is ")" or "]" or "}" && (!open.TryPop(out char expected) || expected != text[0]))
            {
                throw new JinjaFault($"'{text}' closes nothing");
            }
            Add(JinjaTokenKind.Operator, text);
            _position += text.Length;
        }
    }

    private int SkipBlanks(int at)
    {
        while (at < _source.Length && PythonText.IsSpace(_source[at]))
        {
            at++;
        }
        return at;
    }

    private void Add(JinjaTokenKind kind, string text) => _tokens.Add(new(kind, text, _line));

    private void MoveTo(int position)
    {
        _line += _source.AsSpan(_position, position - _position).Count('\n');
        _position = position;
    }
}
