using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Templates.Jinja;

/// <summary>Converts JSON to template values, and back as Python's <c>json.dumps</c> writes it. Models were trained on that form.</summary>
internal static class JinjaJson
{
    /// <summary>Reads a value. Its texts are marked as coming from <paramref name="source"/>.</summary>
    public static object? Read(JsonNode? node, JinjaSource? source = null) => node switch
    {
        null => null,
        JsonArray array => source is null
            ? array.Select(item => Read(item)).ToList()
            : new JinjaSourceList(source, array.Select(item => Read(item, source))),
        JsonObject members => Read(members, source),
        _ => node.GetValueKind() switch
        {
            JsonValueKind.String => JinjaString.From(node.GetValue<string>(), source?.Another()),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => Number(node.ToJsonString()),
        },
    };

    public static JinjaDictionary Read(JsonObject members, JinjaSource? source = null)
    {
        var dictionary = new JinjaDictionary { Source = source };
        foreach ((string name, JsonNode? value) in members)
        {
            dictionary.Add(JinjaString.From(name, source?.Another()), Read(value, source));
        }
        return dictionary;
    }

    /// <summary>The filter <c>tojson</c> with the arguments of transformers.</summary>
    public static JinjaString Write(JinjaRun run, object? value, JinjaArguments arguments)
    {
        bool asciiOnly = arguments.TakeFlag(0, "ensure_ascii");
        object? width = arguments.Take(1, "indent");
        string? indent = width is null ? null : width is JinjaString text ? text.Text : new string(' ', (int)Math.Clamp(JinjaValue.Whole(width), 0, 1000));
        object? separators = arguments.Take(2, "separators");
        (string afterItem, string afterKey) = separators switch
        {
            null => (indent is null ? ", " : ",", ": "),
            IReadOnlyList<object?> and [JinjaString item, JinjaString key] => (item.Text, key.Text),
            _ => throw new JinjaFault("the argument 'separators' must be two texts"),
        };
        bool sortsKeys = arguments.TakeFlag(3, "sort_keys");
        var json = new JinjaNotation(
            "null", "true", "false", afterKey, afterItem, (to, text) => Quote(to, text, asciiOnly), Written, indent, sortsKeys);
        var output = new JinjaStringBuilder(run);
        json.Write(run, output, value);
        return output.ToJinja();
    }

    private static object Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)
        ? (object)whole
        : double.Parse(text, CultureInfo.InvariantCulture);

    private static string Written(double value) => double.IsNaN(value) ? "NaN"
        : double.IsInfinity(value) ? (value > 0 ? "Infinity" : "-Infinity")
        : PythonNumber.Write(value);

    private static JinjaString Quote(JinjaRun run, JinjaString text, bool asciiOnly)
    {
        var quoted = new JinjaStringBuilder(run).Append("\"");
        int written = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (Escape(text.Text[i], asciiOnly) is { } escape)
            {
                quoted.Append(text, written, i).Append(text.Slice(i, i + 1).Rewritten(escape));
                written = i + 1;
            }
        }
        return quoted.Append(text, written, text.Length).Append("\"").ToJinja();
    }

    private static string? Escape(char c, bool asciiOnly) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        _ when c < ' ' || (asciiOnly && c > '~') => string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
        _ => null,
    };
}
