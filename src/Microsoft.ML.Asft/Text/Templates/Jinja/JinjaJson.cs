using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Text;

/// <summary>JSON into template values, and back as Python's <c>json.dumps</c> writes it, which is what models were trained on.</summary>
internal static class JinjaJson
{
    public static object? Read(JsonNode? node) => node switch
    {
        null => null,
        JsonArray array => array.Select(Read).ToList(),
        JsonObject members => Read(members),
        _ => node.GetValueKind() switch
        {
            JsonValueKind.String => node.GetValue<string>(),
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => Number(node.ToJsonString()),
        },
    };

    public static JinjaDictionary Read(JsonObject members)
    {
        var dictionary = new JinjaDictionary();
        foreach ((string name, JsonNode? value) in members)
        {
            dictionary[name] = Read(value);
        }
        return dictionary;
    }

    /// <summary>The filter <c>tojson</c> with the arguments that transformers gives it.</summary>
    public static string Write(JinjaRun run, object? value, JinjaArguments arguments)
    {
        bool asciiOnly = arguments.TakeFlag(0, "ensure_ascii");
        object? width = arguments.Take(1, "indent");
        long? indent = width is null ? null : JinjaValue.Whole(width);
        object? separators = arguments.Take(2, "separators");
        (string afterItem, string afterKey) = separators switch
        {
            null => (indent is null ? ", " : ",", ": "),
            IReadOnlyList<object?> and [string item, string key] => (item, key),
            _ => throw new JinjaFault("the argument 'separators' must be two texts"),
        };
        bool sortsKeys = arguments.TakeFlag(3, "sort_keys");
        var json = new JinjaNotation(
            "null", "true", "false", afterKey, afterItem, text => Quote(text, asciiOnly), Number, indent, sortsKeys);
        var output = new JinjaText(run);
        json.Write(run, output, value);
        return output.ToString();
    }

    private static object Number(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)
        ? (object)whole
        : double.Parse(text, CultureInfo.InvariantCulture);

    private static string Number(double value) => double.IsNaN(value) ? "NaN"
        : double.IsInfinity(value) ? (value > 0 ? "Infinity" : "-Infinity")
        : PythonText.Number(value);

    private static string Quote(string text, bool asciiOnly)
    {
        var quoted = new StringBuilder(text.Length + 2).Append('"');
        foreach (char c in text)
        {
            _ = c switch
            {
                '"' => quoted.Append("\\\""),
                '\\' => quoted.Append("\\\\"),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\b' => quoted.Append("\\b"),
                '\f' => quoted.Append("\\f"),
                _ when c < ' ' || (asciiOnly && c > '~') => quoted.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => quoted.Append(c),
            };
        }
        return quoted.Append('"').ToString();
    }
}
