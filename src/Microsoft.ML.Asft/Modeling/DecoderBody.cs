using Microsoft.ML.Asft.Checkpoints;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>What Hugging Face calls <c>model</c>: the embedding, the layers and the last norm, built from named weights.</summary>
internal sealed class DecoderBody : nn.Module
{
    public DecoderBody(ModelConfig config, Func<string, long[], Tensor> weights)
        : base(nameof(DecoderBody))
    {
        Embedding = new Parameter(weights("model.embed_tokens.weight", [config.VocabSize, config.HiddenSize]), requires_grad: false);
        var embedding = new LayerPart("embed_tokens");
        embedding.register_parameter("weight", Embedding);
        register_module("embed_tokens", embedding);

        Layers = [.. Enumerable.Range(0, config.NumHiddenLayers).Select(i => Layer(config, weights, i))];
        var layers = new LayerPart("layers");
        for (int i = 0; i < Layers.Length; i++)
        {
            layers.register_module($"{i}", Layers[i]);
        }

        register_module("layers", layers);
        Norm = new RmsNorm(weights("model.norm.weight", [config.HiddenSize]), config.RmsNormEps);
        register_module("norm", Norm);
    }

    public Parameter Embedding { get; }

    public DecoderLayer[] Layers { get; }

    public RmsNorm Norm { get; }

    protected override void RegisterComponents()
    {
    }

    private static DecoderLayer Layer(ModelConfig config, Func<string, long[], Tensor> weights, int index)
    {
        string prefix = $"model.layers.{index}.";
        uint salt = DropoutMask.Mix((uint)index + 1);
        (long hidden, long inner) = (config.HiddenSize, config.IntermediateSize);
        (long queries, long keys) = ((long)config.NumAttentionHeads * config.HeadDim, (long)config.NumKeyValueHeads * config.HeadDim);
        var attention = new Attention(
            Linear("self_attn.q_proj", queries, hidden, config.AttentionBias),
            Linear("self_attn.k_proj", keys, hidden, config.AttentionBias),
            Linear("self_attn.v_proj", keys, hidden, config.AttentionBias),
            Linear("self_attn.o_proj", hidden, queries, config.OutputProjectionBias),
            config.QueryKeyNorm ? Norm("self_attn.q_norm", config.HeadDim) : null,
            config.QueryKeyNorm ? Norm("self_attn.k_norm", config.HeadDim) : null,
            config.NumKeyValueHeads,
            config.HeadDim);
        var feedForward = new FeedForward(
            Linear("mlp.gate_proj", inner, hidden, config.MlpBias),
            Linear("mlp.up_proj", inner, hidden, config.MlpBias),
            Linear("mlp.down_proj", hidden, inner, config.MlpBias));
        return new DecoderLayer(Norm("input_layernorm", hidden), attention, Norm("post_attention_layernorm", hidden), feedForward);

        LoraLinear Linear(string name, long outputs, long inputs, bool bias) => new(
            weights($"{prefix}{name}.weight", [outputs, inputs]), bias ? weights($"{prefix}{name}.bias", [outputs]) : null)
        {
            DropoutSalt = salt++,
        };

        RmsNorm Norm(string name, long size) => new(weights($"{prefix}{name}.weight", [size]), config.RmsNormEps);
    }

    /// <summary>A name on the path to parameters, and nothing else.</summary>
    private sealed class LayerPart(string name) : nn.Module(name);
}
