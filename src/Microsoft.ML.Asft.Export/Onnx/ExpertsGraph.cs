using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Onnx;

/// <summary>The experts of each layer as ONNX Runtime's <c>MoE</c>, which also chooses them from the router's logits.</summary>
/// <param name="graph">The graph.</param>
/// <param name="config">The model.</param>
/// <param name="weights">Its weights by Hugging Face's names.</param>
/// <param name="projection">Adds a projection: its name, its input.</param>
internal sealed class ExpertsGraph(
    OnnxGraph graph, ModelConfig config, IReadOnlyDictionary<string, LazyTensor> weights, Func<string, string, string> projection)
{
    /// <summary>Adds a layer's experts.</summary>
    /// <param name="layer">The layer, from 0.</param>
    /// <param name="x">Its input, (B, T, H).</param>
    public string Add(int layer, string x)
    {
        var names = config.ExpertNames;
        var settings = config.Experts!;
        string name = $"model.layers.{layer}.{names.Block}";
        string logits = projection($"{name}.gate", x);                                               // (B, T, E)
        string rows = graph.Add($"{name}/logits", "Reshape", [logits, graph.Integers(-1, settings.Count)]);
        string gateAndUp = Stack($"{name}.gate_up", [2L * settings.IntermediateSize, config.HiddenSize], expert =>
            stack([weights[$"{expert}.{names.Gate}.weight"].Read(), weights[$"{expert}.{names.Up}.weight"].Read()], 1).flatten(0, 1));
        string down = Stack($"{name}.down", [config.HiddenSize, settings.IntermediateSize], expert => weights[$"{expert}.{names.Down}.weight"].Read());
        string sum = graph.Add(
            $"{name}.experts", "MoE", [x, rows, gateAndUp, "", down], ("k", settings.PerToken), ("normalize_routing_weights", 1),
            ("activation_type", "swiglu"), ("activation_alpha", 1.0), ("activation_beta", 0.0), ("swiglu_fusion", 1));
        return settings.NormalizesWeights ? sum : graph.Add($"{name}/weighted", "Mul", [sum, SumOfWeights(name, logits)]);

        // One tensor, (experts, rows, columns). The operator wants rows of gate and up in turns.
        string Stack(string weight, long[] shape, Func<string, Tensor> read) => graph.Weight(
            weight, [settings.Count, .. shape], [.. Enumerable.Range(0, settings.Count).Select(i => new LazyTensor(
                $"{name}.experts.{i}", ScalarType.Float32, sizeof(float), shape, () => read($"{name}.experts.{i}")))]);
    }

    // ONNX Runtime 1.31 divides the weights of the chosen experts by their sum, with normalize_routing_weights 0 too: the sum, (B, T, 1).
    private string SumOfWeights(string name, string logits)
    {
        string probabilities = graph.Add($"{name}/probabilities", "Softmax", [logits], ("axis", -1));
        string chosen = $"{name}/chosen";
        graph.Add($"{name}/top", "TopK", [probabilities, graph.Integers(config.Experts!.PerToken)], [chosen, $"{name}/indices"], ("axis", -1));
        return graph.Add($"{name}/sum", "ReduceSum", [chosen, graph.Integers(-1)], ("keepdims", 1));
    }
}
