using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Cli.Output;

/// <summary>Names and values in two columns.</summary>
internal static class NameValueTable
{
    public static string Of(IReadOnlyCollection<(string Name, string Value)> rows)
    {
        int width = rows.Max(row => row.Name.Length);
        return string.Join('\n', rows.Select(row => $"{row.Name.PadRight(width)}  {row.Value}".TrimEnd()));
    }

    /// <summary>Lists an object's fields; fields of a nested object are indented below its name.</summary>
    public static string Of(JsonObject fields) => Of([.. Rows("", fields)]);

    private static IEnumerable<(string Name, string Value)> Rows(string indent, JsonObject fields) => fields.SelectMany(field =>
    {
        string name = indent + field.Key.Replace('_', ' ');
        return field.Value is JsonObject inner ? Rows($"{indent}  ", inner).Prepend((name, "")) : [(name, Show(field.Value))];
    });

    private static string Show(JsonNode? value) => value switch
    {
        null => "–",
        JsonArray items => string.Join(", ", items.Select(Show)),
        _ => value.ToString(),
    };
}
