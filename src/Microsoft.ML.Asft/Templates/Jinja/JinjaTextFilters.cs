using System.Text;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The filters that change a text.</summary>
internal static class JinjaTextFilters
{
    private const int Newline = '\n';

    public static object Trim(JinjaRun run, object? value, JinjaArguments arguments)
    {
        JinjaString text = JinjaValue.ToText(run, value);
        (int start, int end) = PythonText.Trimmed(text.Text, arguments.TakeTextOrNone(0, "chars"));
        return text.Slice(start, end);
    }

    public static object Replace(JinjaRun run, object? value, JinjaArguments arguments)
    {
        JinjaString text = JinjaValue.ToText(run, value);
        JinjaString old = JinjaValue.ToText(run, arguments.TakeRequired(0, "old"));
        JinjaString replacement = JinjaValue.ToText(run, arguments.TakeRequired(1, "new"));
        run.SpendSearch(text.Text, [old]);
        long count = arguments.Take(2, "count") is { } most ? JinjaValue.Whole(most) : -1;
        return PythonSearch.Replace(run, text, old.Text, replacement, count);
    }

    public static object Format(JinjaRun run, object? value, JinjaArguments arguments)
    {
        JinjaString text = JinjaValue.ToText(run, value);
        JinjaDictionary named = arguments.TakeUnknown();
        object?[] positional = [.. arguments.TakeAll()];
        return named.Count > 0 && positional.Length > 0
            ? throw new JinjaFault("format takes arguments with names or without, not both")
            : PythonPercentFormat.Apply(run, text, named.Count > 0 ? named : positional);
    }

    /// <summary>Capitalises the first letter of each word. Words begin after blanks, hyphens and opening brackets.</summary>
    public static JinjaString Title(JinjaRun run, JinjaString text) => text.Map(run, source =>
    {
        var titled = new StringBuilder(source.Length);
        for (int start = 0; start < source.Length;)
        {
            bool divides = Divides(source[start]);
            int end = start;
            while (end < source.Length && Divides(source[end]) == divides)
            {
                end++;
            }
            int first = char.IsHighSurrogate(source[start]) && start + 1 < end ? 2 : 1;
            titled.Append(PythonCase.Upper(source[start..(start + first)])).Append(PythonCase.Lower(source[(start + first)..end]));
            start = end;
        }
        return titled.ToString();

        static bool Divides(char c) => c is '-' or '(' or '{' or '[' or '<' || PythonText.IsSpace(c);
    });

    public static object Indent(JinjaRun run, object? value, JinjaArguments arguments)
    {
        JinjaString text = JinjaValue.ToText(run, value);
        object? width = arguments.Take(0, "width", 4L);
        bool first = arguments.TakeFlag(1, "first");
        bool blank = arguments.TakeFlag(2, "blank");
        var indented = new JinjaStringBuilder(run);
        bool isFirst = true;
        foreach (JinjaString line in LinesWithLast(text))
        {
            indented.Append(isFirst ? "" : "\n");
            if (isFirst ? first : blank || line.Length > 0)
            {
                _ = width is JinjaString prefix ? indented.Append(prefix) : indented.AppendBlanks(JinjaValue.Whole(width));
            }
            indented.Append(line);
            isFirst = false;
        }
        return indented.ToJinja();
    }

    public static object Truncate(JinjaRun run, object? value, JinjaArguments arguments)
    {
        JinjaString text = JinjaValue.ToText(run, value);
        long length = arguments.TakeInteger(0, "length", 255);
        bool cutsWords = arguments.TakeFlag(1, "killwords");
        JinjaString end = arguments.TakeString(2, "end", "...");
        long leeway = arguments.TakeIntegerOrNone(3, "leeway") ?? 5;
        long kept = length - PythonText.Length(end.Text);
        if (kept < 0 || leeway < 0)
        {
            throw new JinjaFault("truncate needs a length of at least that of its end, and a leeway of zero or more");
        }
        if (PythonText.Length(text.Text) <= length + leeway)
        {
            return text;
        }
        JinjaString cut = PythonText.Part(text, 0, kept);
        int blank = cutsWords ? -1 : cut.Text.LastIndexOf(' ');
        return new JinjaStringBuilder(run).Append(cut, 0, blank < 0 ? cut.Length : blank).Append(end).ToJinja();
    }

    public static object WordWrap(JinjaRun run, object? value, JinjaArguments arguments)
    {
        JinjaString text = JinjaValue.ToText(run, value);
        long width = arguments.TakeInteger(0, "width", 79);
        bool breaksLongWords = arguments.TakeFlag(1, "break_long_words", true);
        JinjaString end = arguments.TakeTextOrNone(2, "wrapstring") is { } given ? given : "\n";
        bool breaksOnHyphens = arguments.TakeFlag(3, "break_on_hyphens", true);
        var wrapping = new PythonTextWrap(width, breaksLongWords, breaksOnHyphens);
        List<object?> lines = [.. PythonText.Lines(text).Select(line => JinjaMethods.Join(run, wrapping.Wrap(run, line), end, strict: true))];
        return JinjaMethods.Join(run, lines, end, strict: true);
    }

    public static long CountWords(string text)
    {
        (long count, bool inWord) = (0, false);
        foreach (Rune rune in text.EnumerateRunes())
        {
            bool isWord = rune.Value == '_' || PythonCharacters.IsAlphanumeric(rune);
            count += isWord && !inWord ? 1 : 0;
            inWord = isWord;
        }
        return count;
    }

    /// <summary>Writes a value as Python's pprint does, if it fits on one line.</summary>
    public static JinjaString PrettyPrint(JinjaRun run, object? value)
    {
        JinjaString text = JinjaValue.Repr(run, Ordered(run, value));
        return PythonText.Length(text.Text) <= 80 ? text : throw JinjaFault.NotSupported("pprint of more than a line");
    }

    private static object? Ordered(JinjaRun run, object? value)
    {
        run.Enter();
        switch (value)
        {
            case JinjaDictionary dictionary:
                var ordered = new JinjaDictionary { Source = dictionary.Source };
                foreach ((object key, object? item) in dictionary.OrderBy(
                    pair => pair.Key, Comparer<object>.Create((left, right) => JinjaValue.Compare(run, left, right))))
                {
                    ordered.Add(key, Ordered(run, item));
                }
                return ordered;
            case List<object?> list:
                return list.Select(item => Ordered(run, item)).ToList();
            case object?[] tuple:
                return tuple.Select(item => Ordered(run, item)).ToArray();
            default:
                return value;
        }
    }

    /// <summary>Splits a text at its line ends, including an empty last line.</summary>
    private static IEnumerable<JinjaString> LinesWithLast(JinjaString text) => text.Length == 0 || text.Text[^1] == Newline
        ? PythonText.Lines(text).Append(JinjaString.Empty)
        : PythonText.Lines(text);
}
