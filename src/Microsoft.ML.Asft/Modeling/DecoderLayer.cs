using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>One pre-normalised block: x += attention(norm(x)); x += feedForward(norm(x)).</summary>
internal sealed class DecoderLayer : nn.Module
{
    private readonly RmsNorm _inputNorm;
    private readonly Attention _attention;
    private readonly RmsNorm _postAttentionNorm;
    private readonly FeedForward _feedForward;

    public DecoderLayer(RmsNorm inputNorm, Attention attention, RmsNorm postAttentionNorm, FeedForward feedForward)
        : base(nameof(DecoderLayer))
    {
        (_inputNorm, _attention, _postAttentionNorm, _feedForward) = (inputNorm, attention, postAttentionNorm, feedForward);
        register_module("self_attn", attention);
        register_module("mlp", feedForward);
        register_module("input_layernorm", inputNorm);
        register_module("post_attention_layernorm", postAttentionNorm);
    }

    public RmsNorm InputNorm => _inputNorm;

    public Attention Attention => _attention;

    public RmsNorm PostAttentionNorm => _postAttentionNorm;

    public FeedForward FeedForward => _feedForward;

    /// <summary>Runs the layer on (B, T, H). What autograd does not need is freed on the way out.</summary>
    public Tensor Forward(Tensor x, Rotation rotation, Tensor? bias, LayerCache? cache, Tensor? places)
    {
        using var scope = NewDisposeScope();
        var attended = x.add(_attention.Forward(_inputNorm.call(x), rotation, bias, cache, places));
        return attended.add(_feedForward.call(_postAttentionNorm.call(attended))).MoveToOuterDisposeScope();
    }

    protected override void RegisterComponents()
    {
    }
}
