using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>The gated feed-forward block: down(silu(gate(x)) · up(x)) (SwiGLU, arXiv 2002.05202).</summary>
internal sealed class FeedForward : nn.Module<Tensor, Tensor>
{
    private readonly LoraLinear _gate;
    private readonly LoraLinear _up;
    private readonly LoraLinear _down;

    public FeedForward(LoraLinear gate, LoraLinear up, LoraLinear down)
        : base(nameof(FeedForward))
    {
        (_gate, _up, _down) = (gate, up, down);
        register_module("gate_proj", gate);
        register_module("up_proj", up);
        register_module("down_proj", down);
    }

    public LoraLinear Gate => _gate;

    public LoraLinear Up => _up;

    public LoraLinear Down => _down;

    public override Tensor forward(Tensor input) =>
        _down.call(GatedProduct.Apply(_gate.call(input), _up.call(input)));

    protected override void RegisterComponents()
    {
    }
}
