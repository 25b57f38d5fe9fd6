using System.Globalization;
using System.Text;

namespace Microsoft.ML.Asft.Text;

/// <summary>
/// Translates the regular expressions of tokenizer.json, which are Oniguruma's in Ruby's syntax, to .NET's. What has no faithful
/// counterpart is refused.
/// </summary>
/// <remarks>
/// The differences that matter: possessive quantifiers (<c>?+ *+ ++</c>) become atomic groups; <c>{n,m}+</c> is no possessive
/// quantifier there but a repeated group; <c>\w</c> has more marks and numbers; a bracket within brackets is a set of its own.
/// </remarks>
internal ref struct OnigurumaPattern
{
    private const int LongestPattern = 20_000;
    private const int DeepestNesting = 100;
    private const string WordCharacters = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}";

    private readonly ReadOnlySpan<char> _source;
    private readonly StringBuilder _output;
    private readonly Stack<int> _groups;
    private int _at;

    // Where the last atom, that which a quantifier would repeat, begins in the output; -1 when there is none.
    private int _atom;

    private OnigurumaPattern(ReadOnlySpan<char> source)
    {
        _source = source;
        _output = new StringBuilder(source.Length + 16);
        _groups = [];
        _atom = -1;
    }

    /// <exception cref="NotSupportedException">The pattern uses something that is not translated; the message says what.</exception>
    /// <exception cref="FormatException">The pattern is malformed.</exception>
    public static string Translate(string pattern)
    {
        if (pattern.Length > LongestPattern)
        {
            throw new NotSupportedException($"a pattern of {pattern.Length:N0} characters (the most is {LongestPattern:N0})");
        }

        if (pattern.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            throw new NotSupportedException("a character beyond U+FFFF in a pattern");
        }

        return new OnigurumaPattern(pattern).Translate();
    }

    private string Translate()
    {
        while (_at < _source.Length)
        {
            switch (_source[_at])
            {
                case '\\':
                    BeginAtom();
                    Escape(inClass: false);
                    break;
                case '[':
                    BeginAtom();
                    Class();
                    break;
                case '(':
                    OpenGroup();
                    break;
                case ')':
                    CloseGroup();
                    break;
                case '*' or '+' or '?':
                    Quantify(_source.Slice(_at++, 1).ToString(), isInterval: false);
                    break;
                case '{' when TryInterval(out string interval):
                    Quantify(interval, isInterval: true);
                    break;
                case '{' or '}':
                    BeginAtom();
                    _output.Append('\\').Append(_source[_at++]);
                    break;
                case '|':
                    _output.Append(_source[_at++]);
                    _atom = -1;
                    break;
                default:
                    BeginAtom();
                    _output.Append(_source[_at++]);
                    break;
            }
        }

        return _groups.Count == 0 ? _output.ToString() : throw new FormatException("a group is not closed");
    }

    private void BeginAtom() => _atom = _output.Length;

    private void Quantify(string quantifier, bool isInterval)
    {
        if (_atom < 0)
        {
            throw new FormatException($"'{quantifier}' has nothing to repeat");
        }

        _output.Append(quantifier);
        char next = _at < _source.Length ? _source[_at] : '\0';
        if (next == '+' && !isInterval)
        {
            _at++;
            _output.Insert(_atom, "(?>").Append(')');
        }
        else if (next == '?' && (!isInterval || quantifier.Contains(',', StringComparison.Ordinal)))
        {
            _at++;
            _output.Append('?');
        }

        if (_at < _source.Length && (_source[_at] is '*' or '+' or '?' || (_source[_at] == '{' && PeekInterval())))
        {
            // .NET has no quantifier of a quantifier.
            _output.Insert(_atom, "(?:").Append(')');
        }
    }

    private readonly bool PeekInterval()
    {
        OnigurumaPattern ahead = this;
        return ahead.TryInterval(out _);
    }

    private bool TryInterval(out string interval)
    {
        interval = "";
        int close = _source[_at..].IndexOf('}');
        if (close < 2)
        {
            return false;
        }

        string[] bounds = _source.Slice(_at + 1, close - 1).ToString().Split(',');
        bool valid = bounds.Length <= 2 && bounds.All(bound => bound.All(char.IsAsciiDigit)) && bounds.Any(bound => bound.Length > 0);
        if (!valid)
        {
            return false;
        }

        interval = "{" + string.Join(',', bounds[0].Length == 0 ? ["0", .. bounds[1..]] : bounds) + "}";
        _at += close + 1;
        return true;
    }

    private void OpenGroup()
    {
        if (_groups.Count >= DeepestNesting)
        {
            throw new NotSupportedException($"groups more than {DeepestNesting} deep");
        }

        ReadOnlySpan<char> rest = _source[_at..];
        string[] openings = ["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>", "(?i:", "(?-i:"];
        string? opening = null;
        foreach (string candidate in openings)
        {
            opening = rest.StartsWith(candidate, StringComparison.Ordinal) ? candidate : opening;
        }

        if (opening is null && rest.StartsWith("(?i)", StringComparison.Ordinal) && _at == 0)
        {
            _output.Append("(?i)");
            _at += "(?i)".Length;
            return;
        }

        if (opening is null && rest.StartsWith("(?", StringComparison.Ordinal))
        {
            throw new NotSupportedException($"the group '{rest[..Math.Min(4, rest.Length)]}' in a pattern");
        }

        opening ??= "(";
        _groups.Push(_output.Length);
        _output.Append(opening == "(" ? "(?:" : opening);
        _at += opening.Length;
        _atom = -1;
    }

    private void CloseGroup()
    {
        if (!_groups.TryPop(out _atom))
        {
            throw new FormatException("a group is closed that was not opened");
        }

        _output.Append(_source[_at++]);
    }

    private void Class()
    {
        _output.Append(_source[_at++]);
        if (_at < _source.Length && _source[_at] == '^')
        {
            _output.Append(_source[_at++]);
        }

        bool isFirst = true;
        while (_at < _source.Length && (_source[_at] != ']' || isFirst))
        {
            isFirst = false;
            char c = _source[_at];
            if (c == '[' || (c == '&' && _source[_at..].StartsWith("&&", StringComparison.Ordinal)))
            {
                throw new NotSupportedException($"'{c}' within the brackets of a pattern");
            }

            if (c == '\\')
            {
                Escape(inClass: true);
            }
            else
            {
                _output.Append(c);
                _at++;
            }
        }

        if (_at >= _source.Length)
        {
            throw new FormatException("a bracket is not closed");
        }

        _output.Append(_source[_at++]);
    }

    private void Escape(bool inClass)
    {
        if (++_at >= _source.Length)
        {
            throw new FormatException("it ends in a backslash");
        }

        char c = _source[_at++];
        switch (c)
        {
            case 'p' or 'P':
                Property(isNegated: c == 'P');
                break;
            case 'w':
                _output.Append(inClass ? WordCharacters : $"[{WordCharacters}]");
                break;
            case 'W' when !inClass:
                _output.Append($"[^{WordCharacters}]");
                break;
            case 'x' or 'u':
                CodePoint(c);
                break;
            case 's' or 'S' or 'd' or 'D' or 't' or 'n' or 'r' or 'f' or 'v' or 'a' or 'e':
            case 'A' or 'z' or 'Z' or 'b' or 'B' when !inClass:
                _output.Append('\\').Append(c);
                break;
            case var _ when char.IsAsciiLetterOrDigit(c):
                throw new NotSupportedException($"'\\{c}' in a pattern");
            default:
                _output.Append(char.IsAscii(c) ? $"\\{c}" : c.ToString());
                break;
        }
    }

    private void Property(bool isNegated)
    {
        int close = _source[_at..].IndexOf('}');
        if (close < 0 || _source[_at] != '{')
        {
            throw new FormatException("'\\p' wants a name in braces");
        }

        string name = _source.Slice(_at + 1, close - 1).ToString();
        _at += close + 1;
        if (name.StartsWith('^'))
        {
            isNegated = !isNegated;
            name = name[1..];
        }

        const string Categories = " L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp C Cc Cf Co Cn ";
        if (!Categories.Contains($" {name} ", StringComparison.Ordinal))
        {
            throw new NotSupportedException($"the property '{name}' in a pattern (only general categories such as 'Lu' are)");
        }

        _output.Append(isNegated ? @"\P{" : @"\p{").Append(name).Append('}');
    }

    // \x41, \x{3042}, \u3042
    private void CodePoint(char kind)
    {
        ReadOnlySpan<char> rest = _source[_at..];
        bool isBraced = kind == 'x' && rest.StartsWith("{", StringComparison.Ordinal);
        int skip = isBraced ? 1 : 0;
        int length = isBraced ? rest.IndexOf('}') - 1 : kind == 'x' ? 2 : 4;
        if (length < 0 || skip + length > rest.Length ||
            !int.TryParse(rest.Slice(skip, length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int code))
        {
            throw new FormatException($"'\\{kind}' wants a hexadecimal number");
        }

        if (code is < 0 or > 0xFFFF)
        {
            throw new NotSupportedException("a character beyond U+FFFF in a pattern");
        }

        _at += length + 2 * skip;
        _output.Append($"\\u{code:X4}");
    }
}
