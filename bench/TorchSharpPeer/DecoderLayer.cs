using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.TorchSharpPeer;

/// <summary>A decoder layer: attention and a gated feed-forward block, each with a norm before it and a residual path around it.</summary>
internal sealed class DecoderLayer : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly DecoderConfig _config;
    private readonly RmsNorm _inputNorm;
    private readonly RmsNorm _blockNorm;
    private readonly nn.Module<Tensor, Tensor> _query;
    private readonly nn.Module<Tensor, Tensor> _key;
    private readonly nn.Module<Tensor, Tensor> _value;
    private readonly nn.Module<Tensor, Tensor> _output;
    private readonly nn.Module<Tensor, Tensor> _gate;
    private readonly nn.Module<Tensor, Tensor> _up;
    private readonly nn.Module<Tensor, Tensor> _down;

    public DecoderLayer(string path, DecoderConfig config, Weights weights)
        : base(nameof(DecoderLayer))
    {
        _config = config;
        _inputNorm = new RmsNorm(weights.Of($"{path}.input_layernorm.weight"), config.Epsilon);
        _query = weights.Projection($"{path}.self_attn.q_proj");
        _key = weights.Projection($"{path}.self_attn.k_proj");
        _value = weights.Projection($"{path}.self_attn.v_proj");
        _output = weights.Projection($"{path}.self_attn.o_proj");
        _blockNorm = new RmsNorm(weights.Of($"{path}.post_attention_layernorm.weight"), config.Epsilon);
        _gate = weights.Projection($"{path}.mlp.gate_proj");
        _up = weights.Projection($"{path}.mlp.up_proj");
        _down = weights.Projection($"{path}.mlp.down_proj");
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor cosine, Tensor sine)
    {
        using var scope = NewDisposeScope();
        x = x.add(Attention(_inputNorm.call(x), cosine, sine));
        var y = _blockNorm.call(x);
        return x.add(_down.call(nn.functional.silu(_gate.call(y)).mul(_up.call(y)))).MoveToOuterDisposeScope();
    }

    private Tensor Attention(Tensor x, Tensor cosine, Tensor sine)
    {
        var (query, key, value) = (Rotate(Heads(_query.call(x)), cosine, sine), Rotate(Heads(_key.call(x)), cosine, sine), Heads(_value.call(x)));
        int groups = _config.Heads / _config.KeyValueHeads;
        var attended = nn.functional.scaled_dot_product_attention(
            query, key.repeat_interleave(groups, dim: 1), value.repeat_interleave(groups, dim: 1), is_casual: true);
        return _output.call(attended.transpose(1, 2).flatten(2));
    }

    // (B, T, heads·D) → (B, heads, T, D)
    private Tensor Heads(Tensor x) => x.view(x.shape[0], x.shape[1], -1, _config.HeadDim).transpose(1, 2);

    private static Tensor Rotate(Tensor x, Tensor cosine, Tensor sine)
    {
        var halves = x.chunk(2, dim: -1);
        return x.mul(cosine).add(cat([halves[1].neg(), halves[0]], -1).mul(sine));
    }
}
