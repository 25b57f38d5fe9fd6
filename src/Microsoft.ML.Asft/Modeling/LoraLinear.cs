using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// A projection <c>y = x·Wᵀ + b</c> that can carry a low-rank update: <c>y += scale · dropout(x)·Aᵀ·Bᵀ</c>
/// (arXiv 2106.09685, §4.1). A and B are float32 whatever the projection's format, as PEFT keeps them.
/// </summary>
public sealed class LoraLinear : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly Parameter? _bias;
    private Parameter? _loraA;
    private Parameter? _loraB;
    private double _scale;
    private double _dropout;

    /// <summary>Initializes a projection without an update.</summary>
    /// <param name="weight">W of shape (out, in). The projection takes it over.</param>
    /// <param name="bias">b of shape (out), or none. The projection takes it over.</param>
    public LoraLinear(Tensor weight, Tensor? bias = null)
        : base(nameof(LoraLinear))
    {
        _weight = new Parameter(weight, weight.requires_grad);
        register_parameter("weight", _weight);
        if (bias is not null)
        {
            _bias = new Parameter(bias, bias.requires_grad);
            register_parameter("bias", _bias);
        }
    }

    /// <summary>Gets the number of inputs.</summary>
    public int InFeatures => (int)_weight.shape[1];

    /// <summary>Gets the number of outputs.</summary>
    public int OutFeatures => (int)_weight.shape[0];

    /// <summary>Gets or sets whether the update takes part.</summary>
    public bool AdapterEnabled { get; set; } = true;

    /// <summary>Gets A of shape (r, in), or <see langword="null"/> where there is no update.</summary>
    public Parameter? LoraA => _loraA;

    /// <summary>Gets B of shape (out, r), or <see langword="null"/> where there is no update.</summary>
    public Parameter? LoraB => _loraB;

    /// <summary>Gets the base weight W of shape (out, in).</summary>
    public Parameter Weight => _weight;

    /// <summary>Adds an update.</summary>
    /// <param name="loraA">A of shape (r, in), float32. The projection takes it over.</param>
    /// <param name="loraB">B of shape (out, r), float32. The projection takes it over.</param>
    /// <param name="scale">What the update is multiplied by, α/r as a rule.</param>
    /// <param name="dropout">The share of inputs that the update does not see while training, 0 to 1 (exclusive).</param>
    /// <exception cref="ArgumentException">The shapes do not fit the projection or each other.</exception>
    /// <exception cref="InvalidOperationException">There is an update already.</exception>
    public void AddAdapter(Tensor loraA, Tensor loraB, double scale, double dropout = 0)
    {
        if (_loraA is not null)
        {
            throw new InvalidOperationException("The projection has an adapter already; a second one cannot be added.");
        }

        if (loraA.dim() != 2 || loraB.dim() != 2 || loraA.shape[1] != InFeatures || loraB.shape[0] != OutFeatures
            || loraA.shape[0] != loraB.shape[1])
        {
            throw new ArgumentException(
                $"An adapter for a projection from {InFeatures} to {OutFeatures} needs A of shape (r, {InFeatures}) and B of shape "
                + $"({OutFeatures}, r); these are ({string.Join(", ", loraA.shape)}) and ({string.Join(", ", loraB.shape)}).");
        }

        _loraA = new Parameter(loraA);
        _loraB = new Parameter(loraB);
        register_parameter("lora_A", _loraA);
        register_parameter("lora_B", _loraB);
        _scale = scale;
        _dropout = dropout;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        var output = nn.functional.linear(input, _weight, _bias);
        if (_loraA is null || !AdapterEnabled)
        {
            return output;
        }

        var x = input.to_type(_loraA.dtype);
        if (training && _dropout > 0)
        {
            x = nn.functional.dropout(x, _dropout);
        }

        var update = nn.functional.linear(nn.functional.linear(x, _loraA), _loraB!).mul_(_scale);
        return output.add_(update.to_type(output.dtype));
    }

    /// <summary>Computes what the update adds to W: <c>scale·B·A</c>, of shape (out, in), float32.</summary>
    /// <exception cref="InvalidOperationException">There is no update.</exception>
    public Tensor AdapterDelta()
    {
        using var noGrad = no_grad();
        return _loraA is null
            ? throw new InvalidOperationException("The projection has no adapter.")
            : mm(_loraB!, _loraA).mul_(_scale);
    }

    /// <inheritdoc/>
    /// <remarks>The constructor names every parameter; nothing is found by reflection.</remarks>
    protected override void RegisterComponents()
    {
    }
}
