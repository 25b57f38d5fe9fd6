using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>x / rms(x) · weight over the last dimension (arXiv 1910.07467, eq. 4), computed in float32.</summary>
internal sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly double _epsilon;

    public RmsNorm(Tensor weight, double epsilon)
        : base(nameof(RmsNorm))
    {
        _weight = new Parameter(weight, weight.requires_grad);
        _epsilon = epsilon;
        register_parameter("weight", _weight);
    }

    public Parameter Weight => _weight;

    public double Epsilon => _epsilon;

    public override Tensor forward(Tensor input)
    {
        if (FewRows.Are(input) && input.is_contiguous())
        {
            var normalized = empty_like(input);
            CpuKernels.For(input.dtype).RmsNorm(input, _weight, _epsilon, normalized);
            return normalized;
        }

        var x = input.to_type(ScalarType.Float32);
        var inverse = x.pow(2).mean([-1], keepdim: true).add_(_epsilon).rsqrt_();
        return x.mul(inverse).to_type(input.dtype).mul(_weight);
    }

    protected override void RegisterComponents()
    {
    }
}
