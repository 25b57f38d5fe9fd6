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

    public override Tensor forward(Tensor input)
    {
        var (gate, up) = (_gate.call(input), _up.call(input));
        if (!FewRows.Are(gate))
        {
            return _down.call(nn.functional.silu(gate).mul(up));
        }

        // libtorch computes an exponential otherwise at the end of a tensor than within it, so that a row would depend on those beside it.
        CpuKernels.For(gate.dtype).SwiGlu(gate.view(-1, gate.shape[^1]), up, gate);
        return _down.call(gate);
    }

    protected override void RegisterComponents()
    {
    }
}
