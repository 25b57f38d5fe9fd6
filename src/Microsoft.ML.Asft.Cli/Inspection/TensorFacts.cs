using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Checkpoints.Safetensors;

namespace Microsoft.ML.Asft.Cli.Inspection;

/// <summary>Totals of the headers of safetensors files.</summary>
internal static class TensorFacts
{
    public static void AddTo(JsonObject facts, IReadOnlyCollection<SafetensorsEntry> tensors)
    {
        facts["parameters"] = tensors.Sum(Elements);
        facts["tensors"] = tensors.Count;
        facts["bytes"] = tensors.Sum(t => t.Length);
        var dtypes = new JsonObject();
        foreach (var group in tensors.GroupBy(t => t.StoredType))
        {
            dtypes[group.Key] = group.Sum(Elements);
        }

        facts["dtypes"] = dtypes;
    }

    private static long Elements(SafetensorsEntry tensor) => tensor.Shape.Aggregate(1L, (product, size) => product * size);
}
