using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Native;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Norms;

/// <summary>RMSNorm, x / rms(x) · (offset + weight), for rows of the weight's length (arXiv 1910.07467, eq. 4). It computes in float32.</summary>
internal sealed class RmsNorm : nn.Module<Tensor, Tensor>
{
    // TorchSharp has no method for libtorch's operator, which is one kernel on a GPU instead of six, and keeps less for the backward pass.
    private const string Script =
        """
        def rms_norm(x, weight, epsilon: float):
            return torch.rms_norm(x, [x.size(-1)], weight, epsilon)

        """;

    private static readonly Lazy<jit.CompilationUnit> Compiled = new(() => jit.compile(Script));

    private readonly Parameter _weight;
    private readonly double _epsilon;
    private readonly bool _roundsLast;
    private readonly double _offset;

    /// <param name="weight">The weight.</param>
    /// <param name="epsilon">The number that is added to the mean square.</param>
    /// <param name="roundsLast">Whether the product with the weight is float32 too under autograd. In the CPU's kernel it always is.</param>
    /// <param name="offset">The number that is added to the weight.</param>
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

    /// <summary>The forward pass under autograd or in decoding, from (…, width) to the same shape.</summary>
    public override Tensor forward(Tensor input)
    {
        if (SmallBatch.Fits(input) && input.is_contiguous())
        {
            return Forward(input, empty_like(input));
        }

        return IsFused(input) ? Fused(input) : Composed(input);
    }

    /// <summary>libtorch's operator, for a norm without an offset whose weight has the input's format. It computes in float32 and rounds once.</summary>
    internal Tensor Fused(Tensor input)
    {
        using var epsilon = _epsilon.ToScalar();     // TorchSharp would not keep its own scalar alive
        return Compiled.Value.invoke<Tensor>("rms_norm", input, _weight, epsilon);
    }

    // On the CPU libtorch 2.10 composes the operator of others, as Composed does.
    private bool IsFused(Tensor input) => _offset == 0 && input.dtype == _weight.dtype && input.device_type == DeviceType.CUDA;

    private Tensor Composed(Tensor input)
    {
        var x = input.to_type(ScalarType.Float32);
        var inverse = x.Pow(2).mean([-1], keepdim: true).Add_(_epsilon).rsqrt_();
        return _roundsLast ? x.mul(inverse).mul(_weight.to_type(ScalarType.Float32).Add(_offset)).to_type(input.dtype)
            : x.mul(inverse).to_type(input.dtype).mul(_offset == 0 ? _weight : _weight.Add(_offset));
    }

    /// <summary>The forward pass on the CPU, without autograd.</summary>
    /// <param name="x">The input, of any shape that consists of whole rows.</param>
    /// <param name="y">Receives the result, of the same size.</param>
    /// <returns><paramref name="y"/>.</returns>
    public Tensor Forward(Tensor x, Tensor y)
    {
        RmsNormKernel.Forward(x, _weight, _epsilon, y, _offset);
        return y;
    }

    /// <summary>Computes rows in decoding.</summary>
    /// <param name="x">The input, (rows, width).</param>
    /// <param name="y">Receives the result. It may be x itself.</param>
    /// <param name="rows">The number of rows.</param>
    /// <param name="pass">The current pass.</param>
    /// <returns><paramref name="y"/>.</returns>
    public unsafe float* Decode(float* x, float* y, long rows, DecodePass pass)
    {
        RmsNormKernel.Forward((Float32Element*)x, (Float32Element*)pass.Float32(_weight), (Float32Element*)y, rows, Width, _epsilon, _offset);
        return y;
    }

    /// <summary>
    /// The backward pass on the CPU: computes the gradient of x from that of y, and overwrites it or adds to it. It adds to the gradient of the weight, if
    /// the weight is trained.
    /// </summary>
    public void Backward(Tensor x, Tensor outputGradient, Tensor inputGradient, bool add, CpuPass pass) =>
        RmsNormKernel.Backward(x, _weight, _epsilon, outputGradient, inputGradient, add, pass.GradientOf(_weight), _offset);

    protected override void RegisterComponents()
    {
    }
}
