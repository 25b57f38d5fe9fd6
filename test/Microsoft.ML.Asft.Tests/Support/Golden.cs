using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Modeling;
using Microsoft.ML.Asft.Text;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Support;

/// <summary>Models, adapters and numbers of an independent PyTorch implementation; Golden/make.sh made them.</summary>
internal static class Golden
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Golden");

    public static IReadOnlyList<string> Models { get; } =
        ["qwen2", "qwen2-tied", "qwen2-theta", "llama", "llama3-tied", "mistral", "qwen3-tied"];

    /// <summary>The rows that every number was computed on.</summary>
    public static IReadOnlyList<EncodedExample> Examples { get; } = [.. File.ReadLines(Path.Combine(Folder, "encoded.jsonl"))
        .Select(line => JsonNode.Parse(line)!)
        .Select(row => new EncodedExample(row["input_ids"].Deserialize<int[]>()!, row["labels"].Deserialize<int[]>()!))];

    public static JsonNode Numbers(string model) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, model, "golden.json")))!;

    public static LoadedModel Load(string model, ScalarType dtype = ScalarType.Float32, bool adapter = true)
    {
        string folder = Path.Combine(Folder, model);
        var loaded = new LoadedModel(CausalLanguageModel.Load(folder, dtype), null!, null!, folder, null);
        loaded.Model.eval();
        return adapter ? loaded with { Adapters = AdapterSet.Load(loaded.Model, Path.Combine(folder, "adapter")) } : loaded;
    }
}
