namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>Tables of equivalent notations.</summary>
internal static class MathSpellings
{
    /// <summary>Characters that are equivalent to another character.</summary>
    public static readonly Dictionary<char, char> Alike = new()
    {
        ['−'] = '-', ['–'] = '-', ['—'] = '-',
        ['×'] = '*', ['·'] = '*', ['⋅'] = '*', ['∗'] = '*',
        ['÷'] = '/', ['∕'] = '/', ['⁄'] = '/',
        ['⩽'] = '≤', ['⩾'] = '≥', ['≈'] = '=', ['≡'] = '=', ['∖'] = '\\',
        [';'] = ',', ['，'] = ',', ['（'] = '(', ['）'] = ')', ['：'] = ':', ['％'] = '%',
    };

    /// <summary>Commands of LaTeX that are a sign.</summary>
    public static readonly Dictionary<string, char> CommandSigns = new()
    {
        ["cdot"] = '*', ["times"] = '*', ["ast"] = '*', ["div"] = '/', ["pm"] = '±', ["cup"] = '∪', ["in"] = '∈',
        ["le"] = '≤', ["leq"] = '≤', ["leqslant"] = '≤', ["ge"] = '≥', ["geq"] = '≥', ["geqslant"] = '≥', ["lt"] = '<', ["gt"] = '>',
        ["ne"] = '≠', ["neq"] = '≠', ["approx"] = '=', ["equiv"] = '=', ["colon"] = ':',
        ["lbrace"] = '⦃', ["rbrace"] = '⦄', ["{"] = '⦃', ["}"] = '⦄', ["lbrack"] = '[', ["rbrack"] = ']', ["lparen"] = '(', ["rparen"] = ')',
        ["langle"] = '(', ["rangle"] = ')', ["lvert"] = '|', ["rvert"] = '|', ["vert"] = '|', ["mid"] = '|',
        ["lfloor"] = '⌊', ["rfloor"] = '⌋', ["lceil"] = '⌈', ["rceil"] = '⌉',
        ["%"] = '%', ["circ"] = '°', ["degree"] = '°', ["\\"] = '⏎', ["cr"] = '⏎',
    };

    /// <summary>Functions, as a command or as a word.</summary>
    public static readonly Dictionary<string, string> Functions = new()
    {
        ["frac"] = "frac", ["dfrac"] = "frac", ["tfrac"] = "frac", ["cfrac"] = "frac",
        ["sqrt"] = "sqrt", ["binom"] = "binom", ["dbinom"] = "binom", ["tbinom"] = "binom", ["overline"] = "overline",
        ["sin"] = "sin", ["cos"] = "cos", ["tan"] = "tan", ["cot"] = "cot", ["sec"] = "sec", ["csc"] = "csc",
        ["arcsin"] = "arcsin", ["arccos"] = "arccos", ["arctan"] = "arctan", ["asin"] = "arcsin", ["acos"] = "arccos", ["atan"] = "arctan",
        ["sinh"] = "sinh", ["cosh"] = "cosh", ["tanh"] = "tanh",
        ["ln"] = "ln", ["log"] = "log", ["lg"] = "log", ["exp"] = "exp", ["abs"] = "abs",
    };

    /// <summary>Commands of LaTeX that change only the appearance.</summary>
    public static readonly HashSet<string> Looks =
    [
        "left", "right", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "displaystyle", "textstyle", "limits",
        "quad", "qquad", "hspace", "space", "thinspace", ",", "!", ";", ":", " ", "$", "(", ")", "[", "]", "&",
        "rm", "bf", "it", "boldsymbol", "mathbf", "mathit", "mathcal", "mathbb", "operatorname", "mathstrut", "nonumber",
        "boxed", "fbox", "phantom", "widehat", "hat", "vec", "bar",
    ];

    /// <summary>Names of numbers.</summary>
    public static readonly Dictionary<string, string> Symbols = new()
    {
        ["infty"] = "infinity", ["infinity"] = "infinity", ["inf"] = "infinity", ["pi"] = "pi",
    };

    /// <summary>Characters that are a number.</summary>
    public static readonly Dictionary<char, string> SymbolCharacters = new()
    {
        ['π'] = "pi", ['∞'] = "infinity", ['½'] = "1/2", ['¼'] = "1/4", ['¾'] = "3/4",
    };

    /// <summary>Words that do not change an answer.</summary>
    public static readonly HashSet<string> Idle =
    [
        "about", "approximately", "exactly", "only", "roughly", "nearly", "around", "a", "an", "the", "total", "of",
    ];
}
