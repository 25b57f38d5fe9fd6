using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using Microsoft.ML.Asft.Modeling.Storage;
using Microsoft.ML.Asft.Native;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Projections;

/// <summary>
/// A projection <c>y = x·Wᵀ + b</c>, to which a low-rank update can be added: <c>y += scale · dropout(x)·Aᵀ·Bᵀ</c>
/// (arXiv 2106.09685, §4.1). A and B are always float32, as in PEFT. With a magnitude m (DoRA, arXiv 2402.09353, eq. 5) the rows of the
/// updated weight are then scaled to the lengths m.
/// </summary>
/// <remarks>Plain, stored and adapted weights, under autograd and without it, share their fields, so it is longer than other types.</remarks>
public sealed partial class LoraLinear : nn.Module<Tensor, Tensor>
{
    private readonly Parameter? _weight;
    private readonly StoredWeight? _stored;      // instead of the weight
    private readonly Parameter? _bias;
    private Parameter? _loraA;
    private Parameter? _loraB;
    private Parameter? _magnitude;
    private double _scale;
    private double _dropout;

    /// <summary>Initializes a projection without an update.</summary>
    /// <param name="weight">W of shape (out, in). The projection owns it from now on.</param>
    /// <param name="bias">b of shape (out); <see langword="null"/> for none. The projection owns it from now on.</param>
    public LoraLinear(Tensor weight, Tensor? bias = null)
        : base(nameof(LoraLinear))
    {
        _weight = new Parameter(weight, weight.requires_grad);
        register_parameter("weight", _weight);
        (InFeatures, OutFeatures, DType) = ((int)_weight.shape[1], (int)_weight.shape[0], _weight.dtype);
        _bias = AddBias(bias);
    }

    /// <summary>Initializes a projection whose weight is stored in another format than that of its products. It is frozen, and no parameter.</summary>
    /// <param name="weight">W. The projection owns it from now on.</param>
    /// <param name="dtype">The format of products.</param>
    /// <param name="bias">b of shape (out); <see langword="null"/> for none. The projection owns it from now on.</param>
    internal LoraLinear(StoredWeight weight, ScalarType dtype, Tensor? bias = null)
        : base(nameof(LoraLinear))
    {
        _stored = weight;
        (InFeatures, OutFeatures, DType) = ((int)weight.Columns, (int)weight.Rows, dtype);
        _bias = AddBias(bias);
    }

    /// <summary>Gets the number of inputs.</summary>
    public int InFeatures { get; }

    /// <summary>Gets the number of outputs.</summary>
    public int OutFeatures { get; }

    /// <summary>Gets or sets whether the update is used.</summary>
    public bool AdapterEnabled { get; set; } = true;

    /// <summary>Gets A of shape (r, in); <see langword="null"/> without an update.</summary>
    public Parameter? LoraA => _loraA;

    /// <summary>Gets B of shape (out, r); <see langword="null"/> without an update.</summary>
    public Parameter? LoraB => _loraB;

    /// <summary>Gets m of shape (out); <see langword="null"/> without DoRA.</summary>
    public Parameter? Magnitude => _magnitude;

    /// <summary>Gets the base weight W of shape (out, in).</summary>
    /// <exception cref="InvalidOperationException">W is not stored in the format of products (<see cref="Options.RuntimeOptions.Quantization"/>).</exception>
    public Parameter Weight => _weight ?? throw new InvalidOperationException(
        "The projection's weight is stored in another format than that of products, so it is no parameter. MergedWeight computes it.");

    /// <summary>Gets W if it is stored in another format than that of products; otherwise <see langword="null"/>.</summary>
    internal StoredWeight? Stored => _stored;

    /// <summary>Gets the number format of products.</summary>
    internal ScalarType DType { get; }

    /// <summary>Gets the device.</summary>
    internal Device Device => _weight?.device ?? _stored!.Device;

    internal double Dropout => _dropout;

    /// <summary>Gets or sets the seed of this projection's dropout. The default value is 0.</summary>
    internal uint DropoutSeed { get; set; }

    /// <summary>Gets or sets the random numbers of dropout for the current batch; <see langword="null"/> to use libtorch's generator.</summary>
    internal TokenNoise? Noise { get; set; }

    internal bool IsAdapted => _loraA is not null && AdapterEnabled;

    /// <summary>Adds an update.</summary>
    /// <param name="loraA">A of shape (r, in), float32. The projection owns it from now on.</param>
    /// <param name="loraB">B of shape (out, r), float32. The projection owns it from now on.</param>
    /// <param name="scale">The factor of the update, usually α/r.</param>
    /// <param name="dropout">The dropout probability of the update's inputs in training, 0 to 1 (exclusive).</param>
    /// <param name="magnitude">m of shape (out), float32, for DoRA; <see langword="null"/> for plain LoRA. The projection owns it from now on.</param>
    /// <exception cref="ArgumentException">The shapes do not fit the projection or each other.</exception>
    /// <exception cref="InvalidOperationException">There is an update already.</exception>
    public void AddAdapter(Tensor loraA, Tensor loraB, double scale, double dropout = 0, Tensor? magnitude = null)
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
        if (magnitude is not null)
        {
            _magnitude = new Parameter(magnitude);
            register_parameter("lora_magnitude_vector", _magnitude);
        }

        _scale = scale;
        _dropout = dropout;
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        Tensor? adapterInput = null;
        return Forward(input, ref adapterInput);
    }

    /// <summary>The forward pass under autograd or in decoding.</summary>
    /// <param name="input">The input, (…, in).</param>
    /// <param name="adapterInput">
    /// The input in the adapter's format. Projections of the same input share it, because autograd keeps it: for a bfloat16 model it is twice as large as
    /// the input. The first one with an adapter sets it.
    /// </param>
    internal Tensor Forward(Tensor input, ref Tensor? adapterInput)
    {
        if (_loraA is null || !AdapterEnabled)
        {
            return BaseProduct(input, _bias);
        }

        var x = adapterInput ??= input.to_type(_loraA.dtype);
        if (training && _dropout > 0)
        {
            x = Noise?.Fits(x) == true ? Noise.Drop(x, DropoutSeed, _dropout) : nn.functional.dropout(x, _dropout);
        }

        var update = SmallBatchLinear.Linear(SmallBatchLinear.Linear(x, _loraA, bias: null), _loraB!, bias: null).Mul_(_scale);
        if (_magnitude is null)
        {
            var output = BaseProduct(input, _bias);
            return output.Add_(update.to_type(output.dtype));
        }

        var turned = BaseProduct(input, bias: null).to_type(update.dtype).Add(update).mul(RowFactors()).to_type(input.dtype);
        return _bias is null ? turned : turned.Add(_bias);
    }

    /// <summary>
    /// Computes the weight merged with the update, of shape (out, in). If W is quantized, the update is merged into the weight in the model's files.
    /// </summary>
    /// <param name="dtype">The format of the result; <see langword="null"/> for that of products. The sum is computed in float32 in either case.</param>
    public Tensor MergedWeight(ScalarType? dtype = null)
    {
        dtype ??= DType;
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        if (_loraA is null)
        {
            return (_weight is null ? Original().to_type(dtype.Value) : _weight.to_type(dtype.Value, copy: true)).MoveToOuterDisposeScope();
        }

        var updated = UpdatedWeight(Original());
        if (_magnitude is not null)
        {
            updated.mul_(_magnitude.div(LengthsOf(updated)).unsqueeze(1));
        }

        return updated.to_type(dtype.Value).MoveToOuterDisposeScope();
    }

    /// <summary>Computes the length of each row of W, float32 of shape (out): DoRA's initial magnitude.</summary>
    internal Tensor RowLengths()
    {
        using var noGrad = no_grad();
        return LengthsOf(BaseWeight(ScalarType.Float32));
    }

    // DoRA's factor of each output. The lengths are constants in the backward pass, as in the paper's §4.3 and in PEFT.
    private Tensor RowFactors()
    {
        Tensor lengths;
        using (no_grad())
        {
            lengths = LengthsOf(UpdatedWeight(BaseWeight(ScalarType.Float32)));
        }

        return _magnitude!.div(lengths);
    }

    private static Tensor LengthsOf(Tensor rows) => rows.mul(rows).sum(1).sqrt_();

    private Parameter? AddBias(Tensor? bias)
    {
        if (bias is null)
        {
            return null;
        }

        var parameter = new Parameter(bias, bias.requires_grad);
        register_parameter("bias", parameter);
        return parameter;
    }

    private Tensor BaseProduct(Tensor input, Tensor? bias)
    {
        if (_weight is not null)
        {
            return SmallBatchLinear.Linear(input, _weight, bias);
        }

        // Autograd keeps it until the backward pass. So AutogradBatchRunner runs each layer again there, and only one layer's weights exist at once.
        using var expanded = _stored!.Expanded(DType);
        return SmallBatchLinear.Linear(input, expanded, bias);
    }

    // W as products see it.
    private Tensor BaseWeight(ScalarType dtype) => _weight?.to_type(dtype) ?? _stored!.Expanded(DType).to_type(dtype);

    // W as the model's files have it, float32.
    private Tensor Original() => _stored?.Original?.Invoke().to(Device) ?? BaseWeight(ScalarType.Float32);

    // W + scale·B·A in float32.
    private Tensor UpdatedWeight(Tensor weight) => mm(_loraB!, _loraA!).Mul_(_scale).Add_(weight);

    /// <inheritdoc/>
    /// <remarks>The constructor registers every parameter, so reflection is not needed.</remarks>
    protected override void RegisterComponents()
    {
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _stored?.Dispose();
        }

        base.Dispose(disposing);
    }
}
