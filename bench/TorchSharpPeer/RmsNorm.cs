using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.TorchSharpPeer;

/// <summary>RMSNorm as Hugging Face computes it: in float32, rounded before the weight is multiplied.</summary>
internal sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly double _epsilon;

    public RmsNorm(Tensor weight, double epsilon)
        : base(nameof(RmsNorm))
    {
        (_weight, _epsilon) = (new Parameter(weight, requires_grad: false), epsilon);
        register_parameter("weight", _weight);
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var y = x.to_type(ScalarType.Float32);
        y = y.mul(y.pow(2).mean([-1], keepdim: true).add(_epsilon).rsqrt());
        return _weight.mul(y.to_type(x.dtype)).MoveToOuterDisposeScope();
    }
}
