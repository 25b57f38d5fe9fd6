namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The methods of Python's text.</summary>
internal static class JinjaTextMethods
{
    private delegate object? Method(JinjaRun run, JinjaString self, JinjaArguments arguments);

    private static readonly Dictionary<string, Method> Methods = new(StringComparer.Ordinal)
    {
        ["capitalize"] = (run, self, _) => self.Map(run, PythonCase.Capitalize),
        ["casefold"] = (run, self, _) => self.Map(run, PythonCase.CaseFold),
        ["center"] = (run, self, a) => PythonPadding.Center(run, self, a.TakeInteger(0, "width", 0), a.TakeText(1, "fillchar", " ")),
        ["count"] = (run, self, a) => PythonSearch.Count(self, a),
        ["endswith"] = (run, self, a) => PythonSearch.Matches(self, a, atEnd: true),
        ["expandtabs"] = (run, self, a) => PythonPadding.ExpandTabs(run, self, a.TakeInteger(0, "tabsize", 8)),
        ["find"] = (run, self, a) => PythonSearch.Find(self, a, last: false) ?? -1,
        ["format"] = (run, self, a) => PythonFormat.Format(run, self, a),
        ["format_map"] = (run, self, a) => PythonFormat.Format(run, self, new([], Names(a.TakeRequired(0, "mapping")))),
        ["index"] = (run, self, a) => PythonSearch.Find(self, a, last: false) ?? throw NotFound(),
        ["isalnum"] = (run, self, _) => PythonCharacters.AreAll(self.Text, PythonCharacters.IsAlphanumeric),
        ["isalpha"] = (run, self, _) => PythonCharacters.AreAll(self.Text, PythonCharacters.IsLetter),
        ["isascii"] = (run, self, _) => self.Text.All(char.IsAscii),
        ["isdecimal"] = (run, self, _) => PythonCharacters.AreAll(self.Text, PythonCharacters.IsDecimal),
        ["isdigit"] = (run, self, _) => PythonCharacters.AreAll(self.Text, PythonCharacters.IsDigit),
        ["isidentifier"] = (run, self, _) => PythonCharacters.IsIdentifier(self.Text),
        ["islower"] = (run, self, _) => PythonCase.IsLower(self.Text),
        ["isnumeric"] = (run, self, _) => PythonCharacters.AreAll(self.Text, PythonCharacters.IsNumeric),
        ["isprintable"] = (run, self, _) => self.Text.EnumerateRunes().All(PythonText.IsPrintable),
        ["isspace"] = (run, self, _) => self.Length > 0 && PythonText.IsBlank(self.Text),
        ["istitle"] = (run, self, _) => PythonCase.IsTitle(self.Text),
        ["isupper"] = (run, self, _) => PythonCase.IsUpper(self.Text),
        ["join"] = (run, self, a) => JinjaMethods.Join(run, JinjaValue.Iterate(run, a.TakeRequired(0, "iterable")), self, strict: true),
        ["ljust"] = (run, self, a) => PythonPadding.Pad(run, self, a.TakeInteger(0, "width", 0), a.TakeText(1, "fillchar", " "), onLeft: false),
        ["lower"] = (run, self, _) => self.Map(run, PythonCase.Lower),
        ["lstrip"] = (run, self, a) => Strip(self, a, fromStart: true, fromEnd: false),
        ["partition"] = (run, self, a) => PythonSplitting.Partition(self, a.TakeText(0, "sep"), last: false),
        ["removeprefix"] = (run, self, a) => a.TakeText(0, "prefix") is var prefix && self.Text.StartsWith(prefix, StringComparison.Ordinal)
            ? self.Slice(prefix.Length, self.Length) : self,
        ["removesuffix"] = (run, self, a) => a.TakeText(0, "suffix") is var suffix && self.Text.EndsWith(suffix, StringComparison.Ordinal)
            ? self.Slice(0, self.Length - suffix.Length) : self,
        ["replace"] = (run, self, a) =>
            PythonSearch.Replace(run, self, a.TakeText(0, "old"), a.TakeString(1, "new"), a.TakeInteger(2, "count", -1)),
        ["rfind"] = (run, self, a) => PythonSearch.Find(self, a, last: true) ?? -1,
        ["rindex"] = (run, self, a) => PythonSearch.Find(self, a, last: true) ?? throw NotFound(),
        ["rjust"] = (run, self, a) => PythonPadding.Pad(run, self, a.TakeInteger(0, "width", 0), a.TakeText(1, "fillchar", " "), onLeft: true),
        ["rpartition"] = (run, self, a) => PythonSplitting.Partition(self, a.TakeText(0, "sep"), last: true),
        ["rsplit"] = (run, self, a) =>
            Parts(run, PythonSplitting.Split(self, a.TakeTextOrNone(0, "sep"), a.TakeInteger(1, "maxsplit", -1), fromEnd: true)),
        ["rstrip"] = (run, self, a) => Strip(self, a, fromStart: false, fromEnd: true),
        ["split"] = (run, self, a) =>
            Parts(run, PythonSplitting.Split(self, a.TakeTextOrNone(0, "sep"), a.TakeInteger(1, "maxsplit", -1), fromEnd: false)),
        ["splitlines"] = (run, self, a) => Parts(run, [.. PythonText.Lines(self, a.TakeFlag(0, "keepends"))]),
        ["startswith"] = (run, self, a) => PythonSearch.Matches(self, a, atEnd: false),
        ["strip"] = (run, self, a) => Strip(self, a, fromStart: true, fromEnd: true),
        ["swapcase"] = (run, self, _) => self.Map(run, PythonCase.SwapCase),
        ["title"] = (run, self, _) => self.Map(run, PythonCase.Title),
        ["translate"] = (run, self, a) => Translate(run, self, a.TakeRequired(0, "table")),
        ["upper"] = (run, self, _) => self.Map(run, PythonCase.Upper),
        ["zfill"] = (run, self, a) => PythonPadding.FillZeros(run, self, a.TakeInteger(0, "width", 0)),
    };

    private static readonly string[] Missing = ["encode", "maketrans"];

    public static JinjaFunction? Find(JinjaString self, string name)
    {
        if (Missing.Contains(name))
        {
            throw JinjaFault.NotSupported($"the method {name}() of a text");
        }
        return !Methods.TryGetValue(name, out Method? method) ? null : new(name, (run, arguments) =>
        {
            if (self.IsMarkup)
            {
                throw JinjaFault.NotSupported($"calling {name}() on the result of the filters 'safe' and 'escape'");
            }
            run.SpendSearch(self.Text, arguments.Positional);
            object? result = method(run, self, arguments);
            run.SpendText((result as JinjaString)?.Length ?? 0);
            return result;
        });
    }

    private static JinjaString Strip(JinjaString self, JinjaArguments arguments, bool fromStart, bool fromEnd)
    {
        (int start, int end) = PythonText.Trimmed(self.Text, arguments.TakeTextOrNone(0, "chars"), fromStart, fromEnd);
        return self.Slice(start, end);
    }

    private static JinjaString Translate(JinjaRun run, JinjaString self, object? table)
    {
        JinjaDictionary mapping = table as JinjaDictionary ?? throw new JinjaFault("translate() needs a dictionary");
        var translated = new JinjaStringBuilder(run);
        foreach (JinjaString character in PythonText.Characters(self).Cast<JinjaString>())
        {
            long code = char.ConvertToUtf32(character.Text, 0);
            translated.Append(!mapping.TryGetValue(code, out object? other) ? character : character.Rewritten(other switch
            {
                null => "",
                JinjaString text => text.Text,
                _ => char.ConvertFromUtf32((int)JinjaValue.Whole(other)),
            }));
        }
        return translated.ToJinja();
    }

    private static Dictionary<string, object?> Names(object? mapping) => mapping is JinjaDictionary dictionary
        ? dictionary.Where(pair => pair.Key is JinjaString).ToDictionary(pair => ((JinjaString)pair.Key).Text, pair => pair.Value)
        : throw new JinjaFault("format_map() needs a dictionary");

    private static List<object?> Parts(JinjaRun run, List<object?> parts)
    {
        run.Spend(parts.Count);
        return parts;
    }

    private static JinjaFault NotFound() => new("the part is not in the text");
}
