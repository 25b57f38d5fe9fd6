using Microsoft.ML.Asft.Options;

namespace Microsoft.ML.Asft.Data;

/// <summary>
/// The names that a column may have: the name in the options, and if that is the default, also the names in other data sets.
/// </summary>
internal static class ColumnNames
{
    public static IReadOnlyList<string> Prompt(AsftOptions options) => WithOthers(options.Data.PromptColumnName, "instruction", "prompt");

    public static IReadOnlyList<string> Response(AsftOptions options) => WithOthers(options.Data.ResponseColumnName, "response", "completion", "output");

    public static IReadOnlyList<string> Messages(AsftOptions options) =>
        options.Data.MessagesColumnName is { } name ? WithOthers(name, "messages", "conversations") : [];

    private static string[] WithOthers(string name, string defaultName, params ReadOnlySpan<string> others) =>
        name == defaultName ? [name, .. others] : [name];
}
