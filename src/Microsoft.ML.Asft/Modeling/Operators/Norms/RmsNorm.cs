using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Norms;

/// <summary>x / rms(x) · (offset + weight) over rows of the weight's length (arXiv 1910.07467, eq. 4), computed in float32.</summary>
internal sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly double _epsilon;
    private readonly bool _roundsLast;
    private readonly double _offset;

    /// <param name="weight">The weight.</param>
    /// <param name="epsilon">What is added to the mean square.</param>
    /// <param name="roundsLast">Whether, under autograd, the weight multiplies in float32. The CPU's kernel always does so.</param>
    /// <param name="offset">What is added to the weight.</param>
    public RmsNorm(Tensor weight, double epsilon, bool roundsLast = false, double offset = 0)
        : base(nameof(RmsNorm))
    {
        _roundsLast = roundsLast;
        _offset = offset;
        _weight = new Parameter(weight, weight.requires_grad);
        _epsilon = epsilon;
        Width = _weight.shape[0];
        register_parameter("weight", _weight);
    }

    public Parameter Weight => _weight;

    /// <summary>Gets the length of a row.</summary>
    public long Width { get; }

    /// <summary>Under autograd, and for the few rows of decoding: (…, width) to the same shape.</summary>
    public override Tensor forward(Tensor input)
    {
        if (SmallBatch.Fits(input) && input.is_contiguous())
        {
            return Forward(input, empty_like(input));
        }

        var x = input.to_type(ScalarType.Float32);
        var inverse = x.pow(2).mean([-1], keepdim: true).add_(_epsilon).rsqrt_();
        return _roundsLast ? x.mul(inverse).mul(_weight.to_type(ScalarType.Float32).add(_offset)).to_type(input.dtype)
            : x.mul(inverse).to_type(input.dtype).mul(_offset == 0 ? _weight : _weight.add(_offset));
    }

    /// <summary>On the CPU, without autograd.</summary>
    /// <param name="x">The input, any shape whose numbers are whole rows.</param>
    /// <param name="y">Where the result goes, of the same size.</param>
    /// <returns><paramref name="y"/>.</returns>
    public Tensor Forward(Tensor x, Tensor y)
    {
        RmsNormKernel.Forward(x, _weight, _epsilon, y, _offset);
        return y;
    }

    /// <summary>From the gradient of y to that of x, which is set or added to; adds to the weight's where that is trained.</summary>
    public void Backward(Tensor x, Tensor outputGradient, Tensor inputGradient, bool add, CpuPass pass) =>
        RmsNormKernel.Backward(x, _weight, _epsilon, outputGradient, inputGradient, add, pass.GradientOf(_weight), _offset);

    protected override void RegisterComponents()
    {
    }
}
