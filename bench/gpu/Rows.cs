using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Data.Examples;

namespace Microsoft.ML.Asft.Bench.Gpu;

/// <summary>Rows of token ids and labels, as the peer reads them too.</summary>
internal static class Rows
{
    public static IReadOnlyList<EncodedExample> Read(string path) => [.. File.ReadLines(path)
        .Select(line => JsonNode.Parse(line)!)
        .Select(row => new EncodedExample(row["input_ids"].Deserialize<int[]>()!, row["labels"].Deserialize<int[]>()!))];
}
