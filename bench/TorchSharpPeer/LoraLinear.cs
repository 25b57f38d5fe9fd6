using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.TorchSharpPeer;

/// <summary>A frozen projection with a low-rank update in float32, as in PEFT: y = x·Wᵀ + b + α/r · x·Aᵀ·Bᵀ.</summary>
internal sealed class LoraLinear : nn.Module<Tensor, Tensor>
{
    private readonly Linear _base;
    private readonly Parameter _a;
    private readonly Parameter _b;
    private readonly double _scale;

    public LoraLinear(Linear projection, Tensor a, Tensor b, double scale)
        : base(nameof(LoraLinear))
    {
        (_base, _a, _b, _scale) = (projection, new Parameter(a), new Parameter(b), scale);
        register_module("base", _base);
        register_parameter("lora_A", _a);
        register_parameter("lora_B", _b);
    }

    /// <summary>Gets or sets whether the update is used.</summary>
    public bool IsEnabled { get; set; } = true;

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var y = _base.call(x);
        if (IsEnabled)
        {
            var update = nn.functional.linear(nn.functional.linear(x.to_type(_a.dtype), _a), _b).mul(_scale);
            y = y.add(update.to_type(y.dtype));
        }

        return y.MoveToOuterDisposeScope();
    }
}
