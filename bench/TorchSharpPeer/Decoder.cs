using System.Text.Json.Nodes;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.TorchSharpPeer;

/// <summary>A decoder of Qwen2 or Llama, with libtorch's attention, whose weights are frozen.</summary>
internal sealed class Decoder : nn.Module<Tensor, Tensor>
{
    private readonly DecoderLayer[] _layers;
    private readonly Embedding _embedding;
    private readonly RmsNorm _norm;
    private readonly Linear _head;
    private readonly DecoderConfig _config;

    /// <param name="model">A model folder.</param>
    /// <param name="adapter">A PEFT folder with an adapter for the model.</param>
    /// <param name="dtype">The format of weights and products.</param>
    public Decoder(string model, string adapter, ScalarType dtype)
        : base(nameof(Decoder))
    {
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(model, "config.json")))!;
        _config = new DecoderConfig(json);
        var weights = new Weights(Safetensors.Read(model, dtype), Safetensors.Read(adapter, ScalarType.Float32), new AdapterConfig(adapter));
        _embedding = nn.Embedding_from_pretrained(weights.Of("model.embed_tokens.weight"), freeze: true);
        _layers = [.. Enumerable.Range(0, _config.Layers).Select(i => new DecoderLayer($"model.layers.{i}", _config, weights))];
        _norm = new RmsNorm(weights.Of("model.norm.weight"), _config.Epsilon);
        _head = weights.Linear(_config.IsTied ? "model.embed_tokens" : "lm_head");
        register_module("embed_tokens", _embedding);
        register_module("layers", nn.ModuleList(_layers));
        register_module("norm", _norm);
        register_module("lm_head", _head);
        Adapters = weights.Adapters;
    }

    /// <summary>Gets the adapted projections.</summary>
    public IReadOnlyList<LoraLinear> Adapters { get; }

    /// <summary>Computes the logits, (B, T, V), of right-padded rows (B, T). Attention is causal, so no token sees the padding after it.</summary>
    public override Tensor forward(Tensor ids)
    {
        using var scope = NewDisposeScope();
        var x = _embedding.call(ids);
        var rotary = Rotary(ids.shape[1], x.dtype);
        foreach (var layer in _layers)
        {
            x = layer.call(x, rotary.Cosine, rotary.Sine);
        }

        return _head.call(_norm.call(x)).MoveToOuterDisposeScope();
    }

    // (T, D) each
    private (Tensor Cosine, Tensor Sine) Rotary(long length, ScalarType dtype)
    {
        var inverse = pow(_config.RotaryBase, arange(0, _config.HeadDim, 2, ScalarType.Float32).div(_config.HeadDim)).reciprocal();
        var angles = outer(arange(length, ScalarType.Float32), inverse);
        angles = cat([angles, angles], 1);
        return (angles.cos().to_type(dtype), angles.sin().to_type(dtype));
    }
}
