using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Tests.Tokenization;

/// <summary>The files of Golden/tokenizers.</summary>
internal static class ReferenceAnswers
{
    public static string Read(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "tokenizers", name));

    public static IEnumerable<JsonNode> Lines(string name) =>
        Read(name).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!);
}
