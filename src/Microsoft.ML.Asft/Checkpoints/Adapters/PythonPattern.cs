using System.Text;

namespace Microsoft.ML.Asft.Checkpoints.Adapters;

/// <summary>
/// Translates a regular expression of Python's <c>re</c>, which PEFT's configurations use, to .NET's syntax. Common syntax
/// stays; different syntax (named groups, possessive quantifiers, <c>{,n}</c>, <c>\Z</c>, brackets within a set) is translated.
/// </summary>
internal sealed class PythonPattern
{
    private readonly string _pattern;
    private readonly StringBuilder _result = new();
    private readonly Stack<int> _open = new();
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private int _groups;
    private int _at;
    private int _atom;      // start of the last atom in the result, for a quantifier after it

    private PythonPattern(string pattern)
    {
        _pattern = pattern;
    }

    /// <summary>Translates a pattern.</summary>
    /// <exception cref="FormatException">It uses something that .NET's regular expressions lack; the message says what.</exception>
    public static string ToDotNet(string pattern) => new PythonPattern(pattern).Translate();

    private string Translate()
    {
        while (_at < _pattern.Length)
        {
            switch (_pattern[_at])
            {
                case '\\':
                    _atom = _result.Length;
                    Escape(inSet: false);
                    break;
                case '[':
                    _atom = _result.Length;
                    Set();
                    break;
                case '(':
                    Group();
                    break;
                case ')':
                    _atom = _open.Count > 0 ? _open.Pop() : _result.Length;
                    Copy(1);
                    break;
                case '*' or '+' or '?':
                    Quantifier(1, $"{_pattern[_at]}");
                    break;
                case '{' when Repetition() is { Length: > 0 } repetition:
                    Quantifier(_pattern.IndexOf('}', _at) - _at + 1, repetition);
                    break;
                default:
                    _atom = _result.Length;
                    Copy(1);
                    break;
            }
        }

        return _result.ToString();
    }

    private void Copy(int length)
    {
        _result.Append(_pattern, _at, length);
        _at += length;
    }

    private bool Next(string text) => _pattern.AsSpan(_at).StartsWith(text, StringComparison.Ordinal);

    private void Escape(bool inSet)
    {
        char escaped = _at + 1 < _pattern.Length ? _pattern[_at + 1] : throw new FormatException("it ends in a backslash");
        if (escaped is 'N' or 'U')
        {
            throw new FormatException($@"Python's '\{escaped}' is not supported");
        }

        if (escaped == 'Z' && !inSet)
        {
            _result.Append(@"\z");  // in Python: the very end
            _at += 2;
            return;
        }

        Copy(2);
    }

    // A bracket within a set is literal in Python; .NET would subtract or nest.
    private void Set()
    {
        Copy(1);
        if (Next("^"))
        {
            Copy(1);
        }

        for (bool isFirst = true; _at < _pattern.Length && (isFirst || _pattern[_at] != ']'); isFirst = false)
        {
            switch (_pattern[_at])
            {
                case '\\':
                    Escape(inSet: true);
                    break;
                case '[' or ']':
                    _result.Append('\\');
                    Copy(1);
                    break;
                default:
                    Copy(1);
                    break;
            }
        }

        Copy(_at < _pattern.Length ? 1 : throw new FormatException("a set is not closed"));
    }

    // Named groups become numbered ones: .NET would count them after the others, and Python counts both in one order.
    private void Group()
    {
        int start = _result.Length;
        if (Next("(?P<"))
        {
            _names[Name(4, '>')] = ++_groups;
            _result.Append('(');
        }
        else if (Next("(?P="))
        {
            _atom = start;
            _result.Append("\\k<").Append(NumberOf(Name(4, ')'))).Append('>');
            return;
        }
        else if (Next("(?P"))
        {
            throw new FormatException("'(?P' is followed by neither '<' nor '='");
        }
        else if (Next("(?("))
        {
            string condition = Name(3, ')');
            _result.Append("(?(").Append(condition.All(char.IsAsciiDigit) ? condition : $"{NumberOf(condition)}").Append(')');
        }
        else if (Next("(?#"))
        {
            _at = _pattern.IndexOf(')', _at) + 1 is > 0 and var after ? after : throw new FormatException("a comment is not closed");
            return;
        }
        else if (Next("(?") && Flags())
        {
            return;
        }
        else
        {
            _groups += Next("(?") ? 0 : 1;
            Copy(Next("(?") ? 2 : 1);
            CopyGroupKind();
        }

        _open.Push(start);
    }

    // The syntax after '(?': ':', '=', '!', '<=', '<!', '>', and names in .NET's form.
    private void CopyGroupKind()
    {
        if (_result.Length >= 2 && _result[^1] == '?' && _at < _pattern.Length && _pattern[_at] is '<' && _at + 1 < _pattern.Length
            && _pattern[_at + 1] is not ('=' or '!'))
        {
            int end = _pattern.IndexOf('>', _at);
            Copy(end > 0 ? end - _at + 1 : throw new FormatException("a group's name is not closed"));
        }
        else if (_result.Length >= 1 && _result[^1] == '?')
        {
            Copy(Next("<=") || Next("<!") ? 2 : _at < _pattern.Length ? 1 : 0);
        }
    }

    // Python's flags a and u concern characters beyond ASCII, which module names do not have.
    private bool Flags()
    {
        int end = _at + 2;
        while (end < _pattern.Length && (char.IsAsciiLetter(_pattern[end]) || _pattern[end] == '-'))
        {
            end++;
        }

        string flags = _pattern[(_at + 2)..end];
        if (flags.Length == 0 || end == _pattern.Length || _pattern[end] is not (')' or ':'))
        {
            return false;
        }

        if (flags.Contains('L', StringComparison.Ordinal))
        {
            throw new FormatException("Python's flag L is not supported");
        }

        string kept = flags.Replace("a", "", StringComparison.Ordinal).Replace("u", "", StringComparison.Ordinal).TrimEnd('-');
        bool isGroup = _pattern[end] == ':';
        if (isGroup)
        {
            _open.Push(_result.Length);
        }

        _result.Append(kept.Length > 0 || isGroup ? $"(?{kept}{_pattern[end]}" : "");
        _at = end + 1;
        return true;
    }

    private string Name(int skip, char close)
    {
        int start = _at + skip;
        int end = _pattern.IndexOf(close, start);
        if (end <= start)
        {
            throw new FormatException("a group's name is empty or not closed");
        }

        _at = end + 1;
        return _pattern[start..end];
    }

    private int NumberOf(string name) =>
        _names.TryGetValue(name, out int number) ? number : throw new FormatException($"there is no group '{name}' before it is referred to");

    // {m}, {m,}, {,n} and {m,n} in .NET's form; nothing if the brace is literal.
    private string Repetition()
    {
        int end = _pattern.IndexOf('}', _at);
        string[] bounds = end < 0 ? [] : _pattern[(_at + 1)..end].Split(',');
        bool isRepetition = bounds is ([{ Length: > 0 }] or [_, _]) && bounds.All(bound => bound.All(char.IsAsciiDigit));
        return !isRepetition ? "" : bounds is ["", var most] ? $"{{0,{most}}}" : $"{{{string.Join(',', bounds)}}}";
    }

    private void Quantifier(int length, string quantifier)
    {
        _at += length;
        if (Next("+"))
        {
            // Possessive: it does not backtrack, like an atomic group.
            _result.Insert(_atom, "(?>").Append(quantifier).Append(')');
            _at++;
        }
        else
        {
            _result.Append(quantifier);
            if (Next("?"))
            {
                Copy(1);
            }
        }
    }
}
