using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.FeedForward;

/// <summary>The gated feed-forward block down(f(gate(x)) · up(x)), where f is SiLU or GELU (SwiGLU and GeGLU, arXiv 2002.05202).</summary>
internal sealed class GatedFeedForward : BranchBody
{
    // The activations that are kept for the backward pass.
    private const int GateOutput = 0;
    private const int UpOutput = 1;

    private readonly LoraLinear _gate;
    private readonly LoraLinear _up;
    private readonly LoraLinear _down;
    private readonly long _width;
    private readonly GatedActivation _activation;

    /// <param name="gate">The gate projection, (inner, hidden).</param>
    /// <param name="up">The up projection, (inner, hidden).</param>
    /// <param name="down">The down projection, (hidden, inner).</param>
    /// <param name="activation">The activation f.</param>
    public GatedFeedForward(LoraLinear gate, LoraLinear up, LoraLinear down, GatedActivation activation = GatedActivation.Silu)
        : base(nameof(GatedFeedForward))
    {
        (_gate, _up, _down, _width, _activation) = (gate, up, down, gate.OutFeatures, activation);
        register_module("gate_proj", gate);
        register_module("up_proj", up);
        register_module("down_proj", down);
        ActivationWidths = [_width, _width];
    }

    public override IReadOnlyList<long> ActivationWidths { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, AutogradPass pass)
    {
        var (gate, up) = (_gate.call(input), _up.call(input));
        if (!SmallBatch.Fits(gate))
        {
            return _down.call(Activate(gate).mul(up));
        }

        // libtorch computes exponentials at the end of a tensor in another way than within it, so a row's result would depend on the other rows.
        GatedActivationKernel.Forward(gate.view(-1, _width), up, gate, _activation);
        return _down.call(gate);
    }

    public override void Forward(Tensor input, Tensor? output, bool add, BranchActivations kept, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        var (gate, up) = (kept.OfBody(GateOutput, pass.Tokens), kept.OfBody(UpOutput, pass.Tokens));
        _gate.Forward(input, gate, add: false, pass);
        _up.Forward(input, up, add: false, pass);
        if (output is not null)
        {
            using var memory = pass.Workspace.Open(pass.Tokens);
            var activated = memory.Matrix(_width);
            GatedActivationKernel.Forward(gate, up, activated, _activation);
            _down.Forward(activated, output, add, pass);
        }
    }

    public override void Backward(Tensor? input, Tensor outputGradient, Tensor? inputGradient, BranchActivations kept, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        using var memory = pass.Workspace.Open(pass.Tokens);
        var (gate, up) = (kept.OfBody(GateOutput, pass.Tokens), kept.OfBody(UpOutput, pass.Tokens));
        Tensor? activated = null;
        if (_down.IsTrained(pass))
        {
            activated = memory.Matrix(_width);
            GatedActivationKernel.Forward(gate, up, activated, _activation);
        }

        var activatedGradient = memory.Matrix(_width);
        _down.Backward(activated, outputGradient, activatedGradient, add: false, pass);
        GatedActivationKernel.Backward(gate, up, activatedGradient, _activation);     // replaces gate and up by their gradients
        _gate.Backward(input, gate, inputGradient, add: false, pass);
        _up.Backward(input, up, inputGradient, add: true, pass);
    }

    private Tensor Activate(Tensor gate) => _activation switch
    {
        GatedActivation.Silu => nn.functional.silu(gate),
        GatedActivation.GeluTanh => GeluTanh(gate),
        _ => throw new InvalidOperationException($"The activation {_activation} is not implemented for autograd."),
    };

    private static Tensor GeluTanh(Tensor gate)
    {
        var x = gate.to_type(ScalarType.Float32);
        var tanh = x.add(x.pow(3).mul(0.044715)).mul(Math.Sqrt(2 / Math.PI)).tanh();
        return x.mul(0.5).mul(tanh.add(1)).to_type(gate.dtype);
    }

    public override bool IsTrained(CpuPass pass) => NeedsInput(pass) || _down.IsTrained(pass);

    public override bool NeedsInput(CpuPass pass) => _gate.IsTrained(pass) || _up.IsTrained(pass);
}
