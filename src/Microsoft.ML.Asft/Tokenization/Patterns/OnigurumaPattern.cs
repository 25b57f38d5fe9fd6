using System.Text.RegularExpressions;
using Microsoft.ML.Asft.Tokenization.Unicode;

namespace Microsoft.ML.Asft.Tokenization.Patterns;

/// <summary>
/// Translates the regular expressions of tokenizer.json, which are Oniguruma's, to .NET's. An error names what has no exact
/// counterpart.
/// </summary>
/// <remarks>
/// The relevant differences: sets are sets of code points, with nested sets and intersections in brackets; <c>\w</c> and
/// <c>\b</c> have other characters; possessive quantifiers (<c>?+ *+ ++</c>) become atomic groups; <c>{n,m}+</c> is not a possessive
/// quantifier but a repeated group; case-insensitive matching has more pairs. All of it is one pass over the pattern with one state, so it is one file.
/// </remarks>
internal sealed class OnigurumaPattern
{
    private const int LongestPattern = 20_000;
    private const int DeepestNesting = 100;

    private static readonly string[] PlainGroups = ["(?:", "(?=", "(?!", "(?<=", "(?<!", "(?>"];
    private static readonly CodePointSet LineBreaks = CodePointSet.Parse("A-D 85 2028-2029");
    private static readonly CodePointSet NotLineFeed = CodePointSet.Parse("A").Complement();

    private readonly PatternScanner _scanner;
    private readonly List<PatternPart> _output = [];
    private readonly Stack<Group> _groups = [];
    private bool _ignoresCase;
    private bool _dotTakesLineFeeds;

    // The start in the output of the last atom, which a quantifier would repeat; -1 if there is none.
    private int _atom = -1;

    // The previous character, if it is directly before; -1 if something else is in between.
    private int _previous = -1;

    private OnigurumaPattern(string pattern)
    {
        _scanner = new PatternScanner(pattern);
    }

    /// <exception cref="NotSupportedException">The pattern uses something that is not supported; the message says what.</exception>
    /// <exception cref="FormatException">The pattern is malformed.</exception>
    public static TranslatedPattern Translate(string pattern)
    {
        if (pattern.Length > LongestPattern)
        {
            throw new NotSupportedException($"a pattern of {pattern.Length:N0} characters (the limit is {LongestPattern:N0})");
        }

        return new OnigurumaPattern(pattern).Translate();
    }

    private TranslatedPattern Translate()
    {
        while (!_scanner.IsAtEnd)
        {
            switch (_scanner.Next)
            {
                case '\\':
                    _scanner.Take();
                    Escape();
                    break;
                case '[':
                    _scanner.Take();
                    Add(BracketExpression.Read(_scanner, _ignoresCase));
                    break;
                case '(':
                    OpenGroup();
                    break;
                case ')':
                    _scanner.Take();
                    CloseGroup();
                    break;
                case '*' or '+' or '?':
                    Quantify(_scanner.Take().ToString(), isInterval: false);
                    break;
                case '{' when _scanner.TakeInterval() is string interval:
                    Quantify(interval, isInterval: true);
                    break;
                case '.':
                    _scanner.Take();
                    Add(_dotTakesLineFeeds ? CodePointSet.All : NotLineFeed);
                    break;
                case '|':
                    _scanner.Take();
                    _output.Add(new("|"));
                    _atom = -1;
                    _previous = -1;
                    break;
                case '^':
                    // Not after a line feed at the very end.
                    _scanner.Take();
                    AddAnchor(@"(?:\A|^(?!\z))");
                    break;
                case '$':
                    _scanner.Take();
                    AddAnchor("$");
                    break;
                default:
                    Add(_scanner.TakeCodePoint());
                    break;
            }
        }

        CloseImplicitGroups();
        return _groups.Count == 0 ? new TranslatedPattern(_output) : throw new FormatException("a group is not closed");
    }

    private void Add(CodePointSet set)
    {
        _atom = _output.Count;
        _previous = -1;
        _output.Add(new("", set));
    }

    private void Add(int code)
    {
        bool isRepeated = _scanner.IsBeforeQuantifier();
        if (_ignoresCase)
        {
            bool formsSequence = !isRepeated && _previous >= 0 && CaseFolding.FormSequence(_previous, code);
            if (formsSequence || CaseFolding.HasSequence(code))
            {
                throw new NotSupportedException(
                    $"'{char.ConvertFromUtf32(code)}' in a pattern that ignores case, because one character equals several");
            }
        }

        IReadOnlyList<int> same = _ignoresCase ? CaseFolding.Same(code) : [code];
        bool isText = same.Count == 1 && code <= char.MaxValue;
        _atom = _output.Count;
        _output.Add(isText
            ? new(Regex.Escape(((char)code).ToString()))
            : new("", CodePointSet.Of(same.Select(other => (other, other)))));
        _previous = isRepeated ? -1 : code;
    }

    private void AddAnchor(params PatternPart[] parts)
    {
        // No quantifier may follow it.
        _atom = -1;
        _previous = -1;
        _output.AddRange(parts);
    }

    private void AddAnchor(string text) => AddAnchor(new PatternPart(text));

    private void Quantify(string quantifier, bool isInterval)
    {
        if (_atom < 0)
        {
            throw new FormatException($"'{quantifier}' has nothing to repeat");
        }

        _output.Add(new(quantifier));
        _previous = -1;
        if (!isInterval && _scanner.TrySkip("+"))
        {
            Wrap("(?>");
        }
        else if ((!isInterval || quantifier.Contains(',', StringComparison.Ordinal)) && _scanner.TrySkip("?"))
        {
            _output.Add(new("?"));
        }

        if (_scanner.IsBeforeQuantifier())
        {
            // .NET has no quantifier of a quantifier.
            Wrap("(?:");
        }
    }

    private void Wrap(string opening)
    {
        _output.Insert(_atom, new(opening));
        _output.Add(new(")"));
    }

    private void OpenGroup()
    {
        if (_groups.Count >= DeepestNesting)
        {
            throw new NotSupportedException($"groups more than {DeepestNesting} deep in a pattern");
        }

        if (_scanner.TrySkip("(?#"))
        {
            _scanner.TakeUntil(")", "a comment");
            return;
        }

        string? plain = PlainGroups.FirstOrDefault(_scanner.StartsWith);
        if (plain is not null)
        {
            _scanner.TrySkip(plain);
            Open(plain, isImplicit: false);
        }
        else if (_scanner.TrySkip("(?<"))
        {
            // A name would only matter to references, which are not supported.
            _scanner.TakeUntil(">", "the name of a group");
            Open("(?:", isImplicit: false);
        }
        else if (_scanner.TrySkip("(?"))
        {
            OpenOptions();
        }
        else
        {
            _scanner.Take();
            Open("(?:", isImplicit: false);
        }
    }

    // (?i-m:…) and, up to the end of the group around it, (?i-m)
    private void OpenOptions()
    {
        (bool ignoresCase, bool dotTakesLineFeeds) = (_ignoresCase, _dotTakesLineFeeds);
        bool isOn = true;
        char option;
        while (!_scanner.IsAtEnd && (option = _scanner.Take()) is not (':' or ')'))
        {
            switch (option)
            {
                case '-':
                    isOn = false;
                    break;
                case 'i':
                    ignoresCase = isOn;
                    break;
                case 'm':
                    dotTakesLineFeeds = isOn;
                    break;
                default:
                    throw new NotSupportedException($"the group '(?{option}' in a pattern");
            }
        }

        _scanner.StepBack();
        Open("(?:", isImplicit: _scanner.Take() == ')');
        (_ignoresCase, _dotTakesLineFeeds) = (ignoresCase, dotTakesLineFeeds);
    }

    private void Open(string opening, bool isImplicit)
    {
        _groups.Push(new Group(_output.Count, isImplicit, _ignoresCase, _dotTakesLineFeeds));
        _output.Add(new(opening));
        _atom = -1;
    }

    private void CloseGroup()
    {
        CloseImplicitGroups();
        if (!_groups.TryPop(out Group group))
        {
            throw new FormatException("a group is closed that was not opened");
        }

        Close(group);
    }

    private void CloseImplicitGroups()
    {
        while (_groups.TryPeek(out Group group) && group.IsImplicit)
        {
            Close(_groups.Pop());
        }
    }

    private void Close(Group group)
    {
        _output.Add(new(")"));
        _atom = group.Start;
        (_ignoresCase, _dotTakesLineFeeds) = (group.IgnoredCase, group.DotTookLineFeeds);
    }

    private void Escape()
    {
        switch (_scanner.Next)
        {
            case 'A' or 'z' or 'Z':
                AddAnchor($"\\{_scanner.Take()}");
                break;
            case 'b' or 'B':
                AddBoundary(isNegated: _scanner.Take() == 'B');
                break;
            case 'R':
                _scanner.Take();
                _atom = _output.Count;
                _previous = -1;
                _output.AddRange([new(@"(?>\r\n|"), new("", LineBreaks), new(")")]);
                break;
            default:
                PatternEscape escape = PatternEscape.Read(_scanner, inBrackets: false);
                if (escape.Set is not null)
                {
                    Add(escape.Set);
                }
                else
                {
                    Add(escape.Code);
                }

                break;
        }
    }

    private void AddBoundary(bool isNegated)
    {
        PatternPart word = new("", CharacterProperties.WordOutsideBrackets);
        (string before, string after) = isNegated ? ("(?=", "(?!") : ("(?!", "(?=");
        AddAnchor(
            new("(?:(?<="), word, new($"){before}"), word, new(")|(?<!"), word, new($"){after}"), word, new("))"));
    }

    private readonly record struct Group(int Start, bool IsImplicit, bool IgnoredCase, bool DotTookLineFeeds);
}
