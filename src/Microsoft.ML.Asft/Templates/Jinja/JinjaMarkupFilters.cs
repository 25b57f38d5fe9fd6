using System.Text;
using System.Text.RegularExpressions;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>The filters that make HTML and URLs.</summary>
internal static partial class JinjaMarkupFilters
{
    public static JinjaString Escape(JinjaRun run, JinjaString text, bool force)
    {
        if (text.IsMarkup && !force)
        {
            return text;
        }
        var escaped = new JinjaStringBuilder(run);
        int written = 0;
        for (int i = 0; i < text.Length; i++)
        {
            string? escape = text.Text[i] switch { '&' => "&amp;", '<' => "&lt;", '>' => "&gt;", '\'' => "&#39;", '"' => "&#34;", _ => null };
            if (escape is not null)
            {
                escaped.Append(text, written, i).Append(text.Slice(i, i + 1).Rewritten(escape));
                written = i + 1;
            }
        }
        return escaped.Append(text, written, text.Length).ToJinja().AsMarkup();
    }

    public static JinjaString StripTags(JinjaString text)
    {
        string plain = Comment().Replace(text.Text, "");
        plain = Tag().Replace(plain, "");
        plain = string.Join(' ', plain.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        return text.Rewritten(System.Net.WebUtility.HtmlDecode(plain));
    }

    public static object UrlEncode(JinjaRun run, object? value, JinjaArguments arguments)
    {
        if (value is JinjaDictionary or IReadOnlyList<object?> or JinjaView or JinjaGenerator)
        {
            IReadOnlyList<object?> pairs = value is JinjaDictionary dictionary ? JinjaMethods.Pairs(dictionary) : JinjaValue.Iterate(run, value);
            return JinjaMethods.Join(run, [.. pairs.Select(pair => pair is IReadOnlyList<object?> { Count: 2 } two
                ? JinjaMethods.Join(run, [Quoted(run, two[0], forQuery: true), Quoted(run, two[1], forQuery: true)], "=", strict: true)
                : throw new JinjaFault("urlencode needs pairs of a key and a value"))], "&", strict: true);
        }
        return Quoted(run, value, forQuery: false);
    }

    public static object Attributes(JinjaRun run, object? value, JinjaArguments arguments)
    {
        bool spaced = arguments.TakeFlag(0, "autospace", true);
        var attributes = new JinjaStringBuilder(run);
        foreach (object?[] pair in JinjaSequenceFilters.Pairs(run, value).Cast<object?[]>())
        {
            if (pair[1] is null or JinjaUndefined)
            {
                continue;
            }
            JinjaString name = pair[0] as JinjaString ?? throw new JinjaFault("the name of an attribute must be text");
            if (name.Text.AsSpan().ContainsAny(" \t\n\r\f\v/>="))
            {
                throw new JinjaFault($"'{name}' is not a valid name of an attribute");
            }
            attributes.Append(attributes.Length > 0 || spaced ? " " : "").Append(Escape(run, name, force: false)).Append("=\"")
                .Append(Escape(run, JinjaValue.ToText(run, pair[1]), force: false)).Append("\"");
        }
        return attributes.ToJinja();
    }

    private static JinjaString Quoted(JinjaRun run, object? value, bool forQuery)
    {
        JinjaString text = JinjaValue.ToText(run, value);
        var quoted = new JinjaStringBuilder(run);
        foreach (JinjaString character in PythonText.Characters(text).Cast<JinjaString>())
        {
            bool isPlain = character.Text is [var c] && (char.IsAsciiLetterOrDigit(c) || "_.-~".Contains(c, StringComparison.Ordinal)
                || (c == '/' && !forQuery));
            quoted.Append(isPlain ? character : character.Rewritten(forQuery && character.Text == " " ? "+"
                : string.Concat(Encoding.UTF8.GetBytes(character.Text).Select(b => $"%{b:X2}"))));
        }
        return quoted.ToJinja();
    }

    [GeneratedRegex("<!--.*?-->", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex("<.*?>", RegexOptions.Singleline)]
    private static partial Regex Tag();
}
