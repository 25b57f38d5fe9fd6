using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Checkpoints.Safetensors;
using Microsoft.ML.Asft.Modeling.Operators.FeedForward;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Export.Onnx;

/// <summary>
/// A decoder as a graph: ids, attention mask and cache in, logits of every position and cache out, with the names that ONNX Runtime GenAI
/// gives them by default. The traits of <see cref="ModelConfig"/> alone tell families apart.
/// </summary>
internal sealed class DecoderGraph
{
    private const string Batch = "batch_size";
    private const string Length = "sequence_length";

    private readonly ModelConfig _config;
    private readonly IReadOnlyDictionary<string, LazyTensor> _weights;
    private readonly OnnxGraph _graph;

    private DecoderGraph(ModelConfig config, IReadOnlyDictionary<string, LazyTensor> weights, OnnxType type) =>
        (_config, _weights, _graph) = (config, config.FusesProjections ? FusedWeights.Split(config, weights) : weights, new OnnxGraph(type));

    /// <summary>Builds the graph.</summary>
    /// <param name="config">The model.</param>
    /// <param name="weights">Its weights by Hugging Face's names.</param>
    /// <param name="type">The number format.</param>
    public static OnnxGraph Build(ModelConfig config, IReadOnlyDictionary<string, LazyTensor> weights, OnnxType type)
    {
        var decoder = new DecoderGraph(config, weights, type);
        decoder.Build();
        return decoder._graph;
    }

    private void Build()
    {
        string ids = _graph.Input("input_ids", TensorProto.Types.DataType.Int64, Batch, Length);
        var attention = new AttentionGraph(_graph, _config, Projection, Norm);
        var experts = new ExpertsGraph(_graph, _config, _weights, Projection);
        var embedding = _weights["model.embed_tokens.weight"];
        string table = _graph.Weight(embedding);
        string rows = _graph.Add("model.embed_tokens", "Gather", [table, ids]);                     // (B, T, H)
        var stream = new ResidualStream(_graph, _graph.Scale("model.embed_tokens/scale", rows, _config.EmbeddingScale(embedding.Type)), _config.RmsNormEps);
        for (int i = 0; i < _config.NumHiddenLayers; i++)
        {
            AddLayer(stream, i, attention, experts);
        }

        string hidden = stream.ReadNormalized("model.norm", NormWeight("model.norm"));
        AddHead(hidden, table);
    }

    private void AddLayer(ResidualStream stream, int index, AttentionGraph attention, ExpertsGraph experts)
    {
        string layer = $"model.layers.{index}";
        var names = NormNames.Of(_config.NormPlacement);
        AddBranch($"{layer}.self_attn", names.BeforeAttention, x => attention.Add(index, x), names.AfterAttention);
        AddBranch($"{layer}.mlp", names.BeforeFeedForward, x => _config.UsesExperts(index) ? experts.Add(index, x) : FeedForward($"{layer}.mlp", x), names.AfterFeedForward);

        // stream += scale · after(body(before(stream)))
        void AddBranch(string name, string? before, Func<string, string> body, string? after)
        {
            string input = before is null ? stream.Read(name) : stream.ReadNormalized($"{layer}.{before}", NormWeight($"{layer}.{before}"));
            string output = body(input);
            output = after is null ? output : Norm($"{layer}.{after}", output);
            stream.Add(name, _graph.Scale($"{name}/scale", output, _config.ResidualMultiplier));
        }
    }

    private string FeedForward(string name, string x)
    {
        string gate = Projection($"{name}.gate_proj", x);
        string activated = _config.Activation == GatedActivation.GeluTanh
            ? _graph.Add($"{name}/gelu", "Gelu", [gate], ("approximate", "tanh"))
            : _graph.Add($"{name}/silu", "Mul", [gate, _graph.Add($"{name}/sigmoid", "Sigmoid", [gate])]);
        return Projection($"{name}.down_proj", _graph.Add($"{name}/gated", "Mul", [activated, Projection($"{name}.up_proj", x)]));
    }

    // A tied head multiplies by the transposed embedding, so that memory has it once.
    private void AddHead(string hidden, string table)
    {
        string logits = _config.TieWordEmbeddings
            ? _graph.Add("lm_head", "FusedMatMul", [hidden, table], ("transB", 1))
            : Projection("lm_head", hidden);
        logits = _graph.Scale("lm_head/scale", logits, 1 / _config.LogitsScaling);
        logits = _config.LogitsSoftCap is { } cap ? _graph.SoftCap("lm_head/cap", logits, cap) : logits;
        _graph.Add("lm_head/logits", "Identity", [logits], [_graph.Output("logits", Batch, Length, _config.VocabSize)]);
    }

    // The file has matrices as (inputs, outputs), Hugging Face (outputs, inputs).
    private string Projection(string name, string x)
    {
        var weight = _weights[$"{name}.weight"];
        string product = _graph.Add(name, "MatMul", [x, _graph.Weight(weight with { Shape = [weight.Shape[1], weight.Shape[0]], Read = () => weight.Read().t() })]);
        return _weights.TryGetValue($"{name}.bias", out var bias) ? _graph.Add($"{name}/bias", "Add", [product, _graph.Weight(bias)]) : product;
    }

    private string Norm(string name, string x) => _graph.Normalize(name, x, NormWeight(name), _config.RmsNormEps);

    // Gemma multiplies by 1 + weight.
    private string NormWeight(string name)
    {
        var weight = _weights[$"{name}.weight"];
        return _graph.Weight(_config.NormOffset == 0 ? weight : weight with { Read = () => weight.Read().to_type(ScalarType.Float32).Add(_config.NormOffset) });
    }
}
