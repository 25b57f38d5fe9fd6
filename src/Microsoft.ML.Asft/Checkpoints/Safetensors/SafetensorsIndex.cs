using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Configuration;

namespace Microsoft.ML.Asft.Checkpoints.Safetensors;

/// <summary>The map from tensors to files in a model's folder: <c>model.safetensors.index.json</c>.</summary>
internal static class SafetensorsIndex
{
    public const string FileName = "model.safetensors.index.json";
    private const string Map = "weight_map";

    private static readonly SearchValues<char> Separators = SearchValues.Create("/\\:\0");

    /// <summary>Reads the index.</summary>
    /// <returns>File names within the index's folder by tensor names.</returns>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        var index = JsonSettings.Load(path);
        var map = index.Section(Map) ?? throw index.Missing(Map);
        var files = new OrderedDictionary<string, string>();
        foreach (var (tensor, _) in map.Json)
        {
            string file = map.RequiredText(tensor);
            if (file.Length == 0 || file is "." or ".." || file.AsSpan().ContainsAny(Separators))
            {
                throw map.Malformed(tensor, $"is '{file}', but a shard must be a file of the index's own folder, named without a path");
            }

            files.Add(tensor, file);
        }

        return files.Count > 0 ? files : throw index.Malformed(Map, "names no tensor");
    }

    /// <param name="files">File names by tensor names.</param>
    /// <param name="totalSize">The bytes of all tensors.</param>
    public static string ToJson(IReadOnlyDictionary<string, string> files, long totalSize) => JsonSettings.Write(new JsonObject
    {
        ["metadata"] = new JsonObject { ["total_size"] = totalSize },
        [Map] = JsonSerializer.SerializeToNode(files),
    });
}
