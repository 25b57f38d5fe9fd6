using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;

namespace Microsoft.ML.Asft.Export.Onnx;

/// <summary>Fused projections as the separate ones that they consist of.</summary>
internal static class FusedWeights
{
    /// <summary>Lists a model's weights with each fused one replaced by its parts, by the names that they have in other families.</summary>
    public static IReadOnlyDictionary<string, LazyTensor> Split(ModelConfig config, IReadOnlyDictionary<string, LazyTensor> weights)
    {
        long queries = (long)config.NumAttentionHeads * config.HeadDim;
        long keys = (long)config.NumKeyValueHeads * config.HeadDim;
        (string Fused, (string Name, long Rows)[] Parts)[] projections =
        [
            ("qkv_proj", [("q_proj", queries), ("k_proj", keys), ("v_proj", keys)]),
            ("gate_up_proj", [("gate_proj", config.IntermediateSize), ("up_proj", config.IntermediateSize)]),
        ];
        var split = new Dictionary<string, LazyTensor>(weights, StringComparer.Ordinal);
        foreach (var (name, weight) in weights)
        {
            foreach (var (fused, parts) in projections.Where(projection => name.EndsWith($".{projection.Fused}.weight", StringComparison.Ordinal)))
            {
                split.Remove(name);
                long start = 0;
                foreach (var (part, rows) in parts)
                {
                    long first = start;
                    string partName = name.Replace($".{fused}.", $".{part}.", StringComparison.Ordinal);
                    split[partName] = weight with { Name = partName, Shape = [rows, weight.Shape[1]], Read = () => weight.Read().narrow(0, first, rows) };
                    start += rows;
                }
            }
        }

        return split;
    }
}
