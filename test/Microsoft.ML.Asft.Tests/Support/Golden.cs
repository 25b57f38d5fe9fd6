using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Modeling;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Tests.Support;

/// <summary>Models, adapters and numbers of an independent PyTorch implementation; test/reference/make_golden.sh made them.</summary>
internal static class Golden
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Golden");

    public static IReadOnlyList<string> Models { get; } =
        ["qwen2", "qwen2-tied", "qwen2-theta", "llama", "llama3-tied", "mistral", "qwen3-tied", "smollm3-tied", "smollm3-window",
        "granite", "ministral3", "ministral3-nested", "olmo2", "olmo3", "gemma2", "gemma3", "gemma3-nested", "phi3", "phi35-long",
        "phi4-mini", "qwen3-moe", "qwen3-moe-mixed", "mixtral"];

    /// <summary>The rows that every number was computed on.</summary>
    public static IReadOnlyList<EncodedExample> Examples { get; } = [.. File.ReadLines(Path.Combine(Folder, "encoded.jsonl"))
        .Select(line => JsonNode.Parse(line)!)
        .Select(row => new EncodedExample(row["input_ids"].Deserialize<int[]>()!, row["labels"].Deserialize<int[]>()!))];

    /// <summary>The numbers of objectives that golden.json does not have, by model and objective.</summary>
    public static JsonObject Objectives { get; } = JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, "objectives.json")))!.AsObject();

    public static JsonNode Numbers(string model) => JsonNode.Parse(File.ReadAllText(Path.Combine(Folder, model, "golden.json")))!;

    public static bool HasExperts(string model) => model.Contains("moe", StringComparison.Ordinal) || model == "mixtral";

    /// <param name="model">Its name.</param>
    /// <param name="dtype">The format to hold it in.</param>
    /// <param name="adapter">Whether with its adapter.</param>
    /// <param name="settings">What to say otherwise than its config.json.</param>
    public static LoadedModel Load(string model, ScalarType dtype = ScalarType.Float32, bool adapter = true, JsonObject? settings = null)
    {
        string folder = Path.Combine(Folder, model);
        var loaded = new LoadedModel(settings is null ? CausalLanguageModel.Load(folder, dtype) : Changed(folder, dtype, settings), null!, null!, folder, null);
        loaded.Model.eval();
        return adapter ? loaded with { Adapters = AdapterSet.Load(loaded.Model, Path.Combine(folder, "adapter")) } : loaded;
    }

    private static CausalLanguageModel Changed(string folder, ScalarType dtype, JsonObject settings)
    {
        using var changed = new TemporaryFolder();
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject();
        foreach (var (key, value) in settings)
        {
            config[key] = value?.DeepClone();
        }

        File.WriteAllText(Path.Combine(changed.Path, "config.json"), config.ToJsonString());
        File.Copy(Path.Combine(folder, "model.safetensors"), Path.Combine(changed.Path, "model.safetensors"));
        return CausalLanguageModel.Load(changed.Path, dtype);
    }
}
