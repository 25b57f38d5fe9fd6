using System.Globalization;

namespace Microsoft.ML.Asft.Tokenization.Unicode;

/// <summary>The properties that a pattern can name, as in Oniguruma (Unicode 16.0, the version of .NET 10).</summary>
internal static class CharacterProperties
{
    // In the order of UnicodeCategory.
    private static readonly string[] Categories =
    [
        "Lu Uppercase_Letter", "Ll Lowercase_Letter", "Lt Titlecase_Letter", "Lm Modifier_Letter", "Lo Other_Letter",
        "Mn Nonspacing_Mark", "Mc Spacing_Mark", "Me Enclosing_Mark", "Nd Decimal_Number", "Nl Letter_Number", "No Other_Number",
        "Zs Space_Separator", "Zl Line_Separator", "Zp Paragraph_Separator", "Cc Control", "Cf Format", "Cs Surrogate", "Co Private_Use",
        "Pc Connector_Punctuation", "Pd Dash_Punctuation", "Ps Open_Punctuation", "Pe Close_Punctuation", "Pi Initial_Punctuation",
        "Pf Final_Punctuation", "Po Other_Punctuation", "Sm Math_Symbol", "Sc Currency_Symbol", "Sk Modifier_Symbol", "So Other_Symbol",
        "Cn Unassigned",
    ];

    private static readonly string[] CategoryGroups =
        ["L Letter", "M Mark", "N Number", "Z Separator", "C Other", "P Punctuation", "S Symbol"];

    private static readonly Dictionary<string, CodePointSet> Sets = CreateSets();

    /// <summary>Letters, marks, digits and connectors: <c>\w</c> within brackets.</summary>
    /// <remarks>Oniguruma counts all alphabetic characters, so circled letters too.</remarks>
    public static CodePointSet Word => Sets["word"];

    /// <summary><c>\w</c> and <c>\b</c> outside brackets, which also contain superscripts and fractions of Latin-1.</summary>
    public static CodePointSet WordOutsideBrackets { get; } = Word.Union(CodePointSet.Parse("B2-B3 B9 BC-BE"));

    /// <summary><c>\w</c> of Rust's regular expressions, with the two joiners.</summary>
    public static CodePointSet RustWord { get; } = Word.Union(CodePointSet.Parse("200C-200D"));

    /// <summary><c>\s</c>, which is the same in .NET, Oniguruma and Rust.</summary>
    public static CodePointSet WhiteSpace => Sets["whitespace"];

    /// <summary>Decimal digits: <c>\d</c>.</summary>
    public static CodePointSet Digit => Sets["nd"];

    /// <summary>Hexadecimal digits: <c>\h</c>.</summary>
    public static CodePointSet HexDigit => Sets["xdigit"];

    /// <summary>The set of a property; letter case, spaces, hyphens and underscores in its name do not matter.</summary>
    public static CodePointSet? Find(string name) => Sets.GetValueOrDefault(Key(name));

    /// <summary>The set of a name in <c>[:name:]</c>.</summary>
    public static CodePointSet? FindPosix(string name) => name switch
    {
        "punct" => Sets["p"].Union(Sets["s"]),
        "blank" or "cntrl" or "digit" or "graph" or "print" or "space" or "xdigit" or "word" or "ascii" => Sets[name],
        _ => null,
    };

    /// <summary>The names of general categories and their groups in .NET's patterns, the groups first.</summary>
    public static IEnumerable<(string Name, CodePointSet Set)> NetCategories()
    {
        // Without surrogates: a set has none.
        IEnumerable<string> names = CategoryGroups.Concat(Categories).Select(entry => entry.Split(' ')[0]);
        return names.Where(name => name is not ("C" or "Cs")).Select(name => (name, Sets[Key(name)]));
    }

    private static Dictionary<string, CodePointSet> CreateSets()
    {
        List<(int First, int Last)>[] ranges = [.. Categories.Select(_ => new List<(int First, int Last)>())];
        for (int code = 0, first = 0; code <= CodePointSet.Last; code++)
        {
            UnicodeCategory category = CharUnicodeInfo.GetUnicodeCategory(code);
            if (code == CodePointSet.Last || CharUnicodeInfo.GetUnicodeCategory(code + 1) != category)
            {
                ranges[(int)category].Add((first, code));
                first = code + 1;
            }
        }

        Dictionary<string, CodePointSet> sets = [];
        for (int i = 0; i < Categories.Length; i++)
        {
            Add(Categories[i], CodePointSet.Of(ranges[i]));
        }

        foreach (string group in CategoryGroups)
        {
            Add(group, Union(Categories.Where(category => category[0] == group[0]).Select(category => category[..2])));
        }

        CodePointSet separators = Union(["Z"]);
        Add("White_Space Space", separators.Union(CodePointSet.Parse("9-D 85")));
        Add("Blank", Union(["Zs"]).Union(CodePointSet.Parse("9")));
        Add("Cntrl", Union(["Cc"]));
        Add("Digit", Union(["Nd"]));
        Add("XDigit", CodePointSet.Parse("30-39 41-46 61-66"));
        Add("ASCII", CodePointSet.Parse("0-7F"));
        Add("Any", CodePointSet.All);
        Add("Assigned", Union(["Cn"]).Complement());
        Add("Punct", Union(["P"]));
        Add("LC", Union(["Lu", "Ll", "Lt"]));
        Add("Graph", Union(["Z", "Cc", "Cn"]).Complement());
        Add("Print", Union(["Zl", "Zp", "Cc", "Cn"]).Complement());
        Add("Word", Union(["L", "M", "Nd", "Nl", "Pc"]).Union(CodePointSet.Parse("24B6-24E9 1F130-1F149 1F150-1F169 1F170-1F189")));
        foreach ((string script, CodePointSet set) in CodePointSet.ParseNamed(ScriptRanges.Text))
        {
            Add(script, set);
        }

        return sets;

        void Add(string names, CodePointSet set)
        {
            foreach (string name in names.Split(' '))
            {
                sets[Key(name)] = set;
            }
        }

        CodePointSet Union(IEnumerable<string> names) => CodePointSet.Of(names.SelectMany(name => sets[Key(name)].Ranges));
    }

    private static string Key(string name) =>
        string.Concat(name.Where(c => c is not (' ' or '-' or '_'))).ToLowerInvariant();
}
