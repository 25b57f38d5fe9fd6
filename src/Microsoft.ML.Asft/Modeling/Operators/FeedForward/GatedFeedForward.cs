using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.FeedForward;

/// <summary>The gated feed-forward block: down(f(gate(x)) · up(x)), f being SiLU or GELU (SwiGLU and GeGLU, arXiv 2002.05202).</summary>
internal sealed class GatedFeedForward : BranchBody
{
    private readonly ProjectionGroup _inputs;    // gate and up
    private readonly LoraLinear _down;
    private readonly long _width;
    private readonly GatedActivation _activation;

    /// <param name="gate">(inner, hidden).</param>
    /// <param name="up">(inner, hidden).</param>
    /// <param name="down">(hidden, inner).</param>
    /// <param name="activation">f.</param>
    public GatedFeedForward(LoraLinear gate, LoraLinear up, LoraLinear down, GatedActivation activation = GatedActivation.Silu)
        : this(new ProjectionGroup(gate, up), down, activation)
    {
        register_module("gate_proj", gate);
        register_module("up_proj", up);
        register_module("down_proj", down);
    }

    /// <summary>Initializes a block whose gate and up are one projection.</summary>
    /// <param name="gateUp">(2·inner, hidden), the gate first.</param>
    /// <param name="down">(hidden, inner).</param>
    /// <param name="activation">f.</param>
    public GatedFeedForward(LoraLinear gateUp, LoraLinear down, GatedActivation activation = GatedActivation.Silu)
        : this(new ProjectionGroup(gateUp, [down.InFeatures, down.InFeatures]), down, activation)
    {
        register_module("gate_up_proj", gateUp);
        register_module("down_proj", down);
    }

    private GatedFeedForward(ProjectionGroup inputs, LoraLinear down, GatedActivation activation)
        : base(nameof(GatedFeedForward)) => (_inputs, _down, _width, _activation) = (inputs, down, down.InFeatures, activation);

    // The outputs of gate and up are kept for the backward pass.
    public override IReadOnlyList<long> ActivationWidths => _inputs.MatrixWidths;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, AutogradPass pass)
    {
        var projected = _inputs.Forward(input);
        var (gate, up) = (projected[0], projected[1]);
        if (!SmallBatch.Fits(gate))
        {
            return _down.call(Activate(gate).mul(up));
        }

        // libtorch computes an exponential otherwise at the end of a tensor than within it, so that a row would depend on those beside it.
        var activated = empty(gate.shape, gate.dtype);
        GatedActivationKernel.Forward(gate.flatten(0, -2), up.flatten(0, -2), activated.view(-1, _width), _activation);
        return _down.call(activated);
    }

    public override void Forward(Tensor input, Tensor? output, bool add, BranchActivations kept, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        var projected = KeptOf(kept, pass);
        _inputs.Forward(input, projected, pass);
        if (output is not null)
        {
            using var memory = pass.Workspace.Open(pass.Tokens);
            var activated = Activate(projected, memory.Matrix(_width));
            _down.Forward(activated, output, add, pass);
        }
    }

    public override void Backward(Tensor? input, Tensor outputGradient, Tensor? inputGradient, BranchActivations kept, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        using var memory = pass.Workspace.Open(pass.Tokens);
        var projected = KeptOf(kept, pass);
        var activated = _down.IsTrained(pass) ? Activate(projected, memory.Matrix(_width)) : null;
        var activatedGradient = memory.Matrix(_width);
        _down.Backward(activated, outputGradient, activatedGradient, add: false, pass);
        var parts = _inputs.Split(projected);
        GatedActivationKernel.Backward(parts[0], parts[1], activatedGradient, _activation);     // gate and up are their gradients from here on
        _inputs.Backward(input, projected, inputGradient, pass);
    }

    private Tensor[] KeptOf(BranchActivations kept, CpuPass pass) =>
        [.. Enumerable.Range(0, ActivationWidths.Count).Select(i => kept.OfBody(i, pass.Tokens))];

    private Tensor Activate(IReadOnlyList<Tensor> projected, Tensor activated)
    {
        var parts = _inputs.Split(projected);
        GatedActivationKernel.Forward(parts[0], parts[1], activated, _activation);
        return activated;
    }

    private Tensor Activate(Tensor gate) => _activation switch
    {
        GatedActivation.Silu => nn.functional.silu(gate),
        GatedActivation.GeluTanh => GeluTanh(gate),
        _ => throw new InvalidOperationException($"The activation {_activation} has no form under autograd."),
    };

    private static Tensor GeluTanh(Tensor gate)
    {
        var x = gate.to_type(ScalarType.Float32);
        var tanh = x.add(x.pow(3).mul(0.044715)).mul(Math.Sqrt(2 / Math.PI)).tanh();
        return x.mul(0.5).mul(tanh.add(1)).to_type(gate.dtype);
    }

    public override bool IsTrained(CpuPass pass) => NeedsInput(pass) || _down.IsTrained(pass);

    public override bool NeedsInput(CpuPass pass) => _inputs.IsTrained(pass);
}
