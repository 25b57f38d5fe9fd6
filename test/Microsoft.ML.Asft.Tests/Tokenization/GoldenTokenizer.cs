using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Tests.Support;
using Microsoft.ML.Asft.Tokenization;

namespace Microsoft.ML.Asft.Tests.Tokenization;

/// <summary>The tokenizers of the shared test data and what Hugging Face's library makes of texts with them.</summary>
internal static class GoldenTokenizer
{
    private static readonly Dictionary<string, HuggingFaceTokenizer> Loaded = [];

    public static HuggingFaceTokenizer Load(string name)
    {
        lock (Loaded)
        {
            return Loaded.TryGetValue(name, out HuggingFaceTokenizer? tokenizer) ? tokenizer : Loaded[name] = Read(name);
        }
    }

    public static JsonArray Cases(string name, string list = "cases", string file = "golden.json")
    {
        string path = SharedData.PathOf("tokenizers", name, file);
        JsonArray cases = JsonNode.Parse(File.ReadAllText(path))![list]!.AsArray();
        Assert.NotEmpty(cases);
        return cases;
    }

    public static int[] Ids(JsonNode ids) => [.. ids.AsArray().Select(id => id!.GetValue<int>())];

    /// <summary>Writes a tokenizer's files into a folder, and returns it.</summary>
    public static string CopyTo(string name, string target)
    {
        string folder = SharedData.PathOf("tokenizers", name);
        foreach (string file in Directory.EnumerateFiles(folder, "*token*").Concat(Directory.EnumerateFiles(folder, "merges.txt")))
        {
            string path = Path.Combine(target, Path.GetFileName(file));
            if (Path.GetFileName(file) != "tokenizer.override.json")
            {
                File.Copy(file, path);
                continue;
            }

            File.WriteAllText(Path.Combine(target, "tokenizer.json"), Overridden(file).ToJsonString());
        }

        return target;
    }

    private static HuggingFaceTokenizer Read(string name)
    {
        using TemporaryFolder temporary = new();
        return HuggingFaceTokenizer.Load(CopyTo(name, temporary.Path));
    }

    private static JsonNode Overridden(string file)
    {
        JsonNode definition = JsonNode.Parse(File.ReadAllText(file))!;
        string based = Path.Combine(Path.GetDirectoryName(file)!, definition["base"]!.GetValue<string>());
        JsonNode result = JsonNode.Parse(File.ReadAllText(based))!;
        foreach ((string key, JsonNode? value) in definition["replace"]!.AsObject())
        {
            result[key] = value?.DeepClone();
        }

        foreach ((string key, JsonNode? value) in definition["replace_model"]!.AsObject())
        {
            result["model"]![key] = value?.DeepClone();
        }

        return result;
    }
}
