using System.Text.RegularExpressions;

namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>
/// Splits an answer into tokens, and unifies different notations (LaTeX, ASCII, Unicode): <c>\dfrac</c>,
/// <c>\tfrac</c> and <c>\frac</c> are <c>frac</c>; <c>\cdot</c>, <c>×</c> and <c>*</c> are <c>*</c>.
/// </summary>
internal sealed partial class MathLexer
{
    private readonly string _text;
    private readonly List<MathToken> _tokens = [];
    private int _at;
    private bool _space;

    private MathLexer(string text) => _text = text;

    public static List<MathToken> Read(string text)
    {
        var lexer = new MathLexer(text);
        while (lexer._at < text.Length)
        {
            lexer.Next();
        }

        lexer._tokens.Add(new MathToken(MathTokenKind.End, "", false));
        return lexer._tokens;
    }

    private void Next()
    {
        char c = _text[_at];
        if (char.IsWhiteSpace(c) || c is '$' or '~' or '\u200B' or '`')
        {
            AddCurrency(c);
            _space = true;
            _at++;
        }
        else if (char.IsAsciiDigit(c) || (c == '.' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1])))
        {
            string digits = NumberPattern().Match(_text, _at).Value;
            _at += digits.Length;
            Add(MathTokenKind.Number, GroupSeparator().Replace(digits, ""));
        }
        else if (c == '\\')
        {
            Command();
        }
        else if (char.IsLetter(c) && !MathSpellings.SymbolCharacters.ContainsKey(c))
        {
            int start = _at;
            while (_at < _text.Length && (char.IsLetter(_text[_at]) || (_text[_at] == '\'' && _at > start))
                && !MathSpellings.SymbolCharacters.ContainsKey(_text[_at]))
            {
                _at++;
            }

            Letters(_text[start.._at]);
        }
        else if (MathSpellings.SymbolCharacters.TryGetValue(c, out string? symbol))
        {
            _at++;
            AddSymbolCharacter(symbol);
        }
        else
        {
            _at++;
            AddSign(c);
        }
    }

    // A dollar before a number is money if no other dollar closes it: "$5", but not "$5$".
    private void AddCurrency(char c)
    {
        if (c == '$' && _at + 1 < _text.Length && char.IsAsciiDigit(_text[_at + 1]) && _text.IndexOf('$', _at + 1) < 0
            && _text.IndexOf('$') == _at)
        {
            Add(MathTokenKind.Sign, "$");
        }
    }

    private void AddSymbolCharacter(string symbol)
    {
        if (!symbol.Contains('/', StringComparison.Ordinal))
        {
            Add(MathTokenKind.Symbol, symbol);
            return;
        }

        // A fraction in one character; after a number it makes a mixed number.
        bool mixed = _tokens is [.., { Kind: MathTokenKind.Number }];
        if (mixed)
        {
            Add(MathTokenKind.Sign, "+");
        }

        Add(MathTokenKind.Number, symbol[..1]);
        Add(MathTokenKind.Sign, "/");
        Add(MathTokenKind.Number, symbol[2..]);
    }

    private void AddSign(char c)
    {
        if (c is '²' or '³')
        {
            Add(MathTokenKind.Sign, "^");
            Add(MathTokenKind.Number, c == '²' ? "2" : "3");
        }
        else if (c == '√')
        {
            Add(MathTokenKind.Function, "radical");
        }
        else if (c is '*' && _at < _text.Length && _text[_at] == '*')
        {
            _at++;
            Add(MathTokenKind.Sign, "^");
        }
        else if (c is '<' or '>' or '!' && _at < _text.Length && _text[_at] == '=')
        {
            _at++;
            Add(MathTokenKind.Sign, c == '<' ? "≤" : c == '>' ? "≥" : "≠");
        }
        else
        {
            Add(MathTokenKind.Sign, MathSpellings.Alike.GetValueOrDefault(c, c).ToString());
        }
    }

    private void Command()
    {
        int start = ++_at;
        while (_at < _text.Length && char.IsAsciiLetter(_text[_at]))
        {
            _at++;
        }

        if (_at == start)
        {
            _at = Math.Min(_at + 1, _text.Length);
        }

        string name = _text[start.._at];
        if (name is "text" or "mathrm" or "textbf" or "textrm" or "mbox" or "hbox" or "textit" or "operatorname" or "mathsf")
        {
            Words(Group());
        }
        else if (name is "begin" or "end")
        {
            string environment = Group().Trim();
            Add(MathTokenKind.Function, environment is "array" ? $"{name} array" : $"{name} {environment.TrimEnd('*')}");
        }
        else if (name is "$" && _at < _text.Length && char.IsAsciiDigit(_text[_at]))
        {
            Add(MathTokenKind.Sign, "$");
        }
        else if (MathSpellings.CommandSigns.TryGetValue(name, out char sign))
        {
            Add(MathTokenKind.Sign, sign.ToString());
        }
        else if (MathSpellings.Functions.TryGetValue(name, out string? function))
        {
            Add(MathTokenKind.Function, function);
        }
        else if (name.Length > 0 && !MathSpellings.Looks.Contains(name))
        {
            Add(MathTokenKind.Symbol, MathSpellings.Symbols.GetValueOrDefault(name, name));
        }
        else
        {
            _space = true;
        }
    }

    // The content of the braces that follow; empty if there are none.
    private string Group()
    {
        int start = _at;
        while (start < _text.Length && _text[start] == ' ')
        {
            start++;
        }

        int end = start < _text.Length && _text[start] == '{' ? _text.IndexOf('}', start) : -1;
        if (end < 0)
        {
            return "";
        }

        _at = end + 1;
        return _text[(start + 1)..end];
    }

    private void Words(string text)
    {
        _space |= text.StartsWith(' ');
        foreach (Match word in WordPattern().Matches(text))
        {
            if (word.Length == 1 && char.IsAsciiLetterUpper(word.Value[0]))
            {
                Add(MathTokenKind.Symbol, word.Value);
            }
            else if (char.IsAsciiDigit(word.Value[0]))
            {
                Add(MathTokenKind.Number, word.Value);
            }
            else if (char.IsLetter(word.Value[0]))
            {
                Word(word.Value);
            }
            else
            {
                AddSign(word.Value[0]);
            }

            _space = true;
        }
    }

    // Letters outside \text: a known name, a word, or adjacent variables.
    private void Letters(string letters)
    {
        string name = letters.ToLowerInvariant();
        if (MathSpellings.Functions.TryGetValue(letters, out string? function))
        {
            Add(MathTokenKind.Function, function);
        }
        else if (MathSpellings.Symbols.TryGetValue(name, out string? symbol))
        {
            Add(MathTokenKind.Symbol, symbol);
        }
        else if (letters.Length > 2 || (letters.Length == 2 && Unit.Of(letters) is not null) || name is "or" or "of" or "an")
        {
            Word(letters);
        }
        else
        {
            foreach (char letter in letters)
            {
                Add(MathTokenKind.Symbol, letter.ToString());
            }
        }
    }

    private void Word(string word)
    {
        string name = word.ToLowerInvariant();
        if (name is "and" or "or")
        {
            Add(MathTokenKind.Sign, ",");
        }
        else if (name is "percent")
        {
            Add(MathTokenKind.Sign, "%");
        }
        else if (!MathSpellings.Idle.Contains(name))
        {
            Add(MathTokenKind.Word, word);
        }
    }

    private void Add(MathTokenKind kind, string text)
    {
        _tokens.Add(new MathToken(kind, text, _space));
        _space = false;
    }

    // Commas, {,} or thin spaces separate thousands; any other comma separates a list.
    [GeneratedRegex(@"\G(?:\d{1,3}(?:(?:,|\{,\}|\\,|\\!,|,\\!)\d{3})+(?![\d])(?:\.\d+)?|\d+(?:\.\d*)?|\.\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex NumberPattern();

    [GeneratedRegex(@"\{,\}|\\,|\\!|,", RegexOptions.CultureInvariant)]
    private static partial Regex GroupSeparator();

    [GeneratedRegex(@"[\p{L}']+|\d+(?:\.\d+)?|[^\s\p{L}\d]", RegexOptions.CultureInvariant)]
    private static partial Regex WordPattern();
}
