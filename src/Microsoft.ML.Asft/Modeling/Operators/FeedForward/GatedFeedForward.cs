using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.FeedForward;

/// <summary>The gated feed-forward block down(f(gate(x)) · up(x)), where f is SiLU or GELU (SwiGLU and GeGLU, arXiv 2002.05202).</summary>
internal sealed class GatedFeedForward : BranchBody
{
    private readonly ProjectionGroup _inputs;    // gate and up
    private readonly LoraLinear _down;
    private readonly long _width;
    private readonly GatedActivation _activation;

    /// <param name="gate">The gate projection, (inner, hidden).</param>
    /// <param name="up">The up projection, (inner, hidden).</param>
    /// <param name="down">The down projection, (hidden, inner).</param>
    /// <param name="activation">The activation f.</param>
    /// <param name="names">The names of an expert's projections; <see langword="null"/> for a block that is not an expert.</param>
    public GatedFeedForward(
        LoraLinear gate, LoraLinear up, LoraLinear down, GatedActivation activation = GatedActivation.Silu, ExpertNames? names = null)
        : this(new ProjectionGroup(gate, up), down, activation)
    {
        register_module(names?.Gate ?? "gate_proj", gate);
        register_module(names?.Up ?? "up_proj", up);
        register_module(names?.Down ?? "down_proj", down);
    }

    /// <summary>Initializes a block with one fused projection for gate and up.</summary>
    /// <param name="gateUp">The fused projection, (2·inner, hidden), with the gate first.</param>
    /// <param name="down">The down projection, (hidden, inner).</param>
    /// <param name="activation">The activation f.</param>
    public GatedFeedForward(LoraLinear gateUp, LoraLinear down, GatedActivation activation = GatedActivation.Silu)
        : this(new ProjectionGroup(gateUp, [down.InFeatures, down.InFeatures]), down, activation)
    {
        register_module("gate_up_proj", gateUp);
        register_module("down_proj", down);
    }

    private GatedFeedForward(ProjectionGroup inputs, LoraLinear down, GatedActivation activation)
        : base(nameof(GatedFeedForward)) => (_inputs, _down, _width, _activation) = (inputs, down, down.InFeatures, activation);

    // The activations that are kept for the backward pass: the outputs of gate and up, in one matrix if the projections are fused.
    public override IReadOnlyList<long> ActivationWidths => _inputs.MatrixWidths;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, AutogradPass pass) => Forward(input);

    /// <summary>The forward pass of an expert under autograd or in decoding, for some of a batch's tokens.</summary>
    /// <param name="input">The input, (n, hidden).</param>
    /// <param name="tokens">The numbers of the tokens in the batch, int64 (n), which dropout depends on.</param>
    /// <returns>The output, (n, hidden).</returns>
    public Tensor Forward(Tensor input, Tensor tokens)
    {
        var noise = _inputs.Noise ?? _down.Noise;
        noise?.Tokens = tokens;
        var output = Forward(input);
        noise?.Tokens = null;
        return output;
    }

    private Tensor Forward(Tensor input)
    {
        var projected = _inputs.Forward(input);
        var (gate, up) = (projected[0], projected[1]);
        if (!SmallBatch.Fits(gate))
        {
            return _down.call(Activate(gate).mul(up));
        }

        // libtorch computes exponentials at the end of a tensor in another way than within it, so a row's result would depend on the other rows.
        var activated = empty(gate.shape, gate.dtype);
        GatedActivationKernel.Forward(gate.flatten(0, -2), up.flatten(0, -2), activated.view(-1, _width), _activation);
        return _down.call(activated);
    }

    public override void Forward(Tensor input, Tensor? output, bool add, BranchActivations kept, CpuPass pass) =>
        Forward(input, output, add, KeptOf(kept, pass), pass);

    /// <summary>
    /// The forward pass on the CPU. It keeps the outputs of gate and up in the caller's matrices, (N, width) for each of
    /// <see cref="ActivationWidths"/>.
    /// </summary>
    public void Forward(Tensor input, Tensor? output, bool add, IReadOnlyList<Tensor> projected, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        _inputs.Forward(input, projected, pass);
        if (output is not null)
        {
            using var memory = pass.Workspace.Open(pass.Tokens);
            var activated = Activate(projected, memory.Matrix(_width));
            _down.Forward(activated, output, add, pass);
        }
    }

    /// <inheritdoc/>
    public override unsafe void Decode(float* input, float* output, int rows, DecodePass pass)
    {
        using var memory = pass.Open();
        float* projected = _inputs.Decode(input, rows, pass);                    // (rows, 2·inner)
        float* activated = pass.Allocate(rows * _width);
        const int multiplications = 32;                                          // that take as long as one activation
        ProcessorTeam.Shared.Run(rows, ActivateRow, multiplications * rows * _width);
        LoraLinear.Decode([_down], activated, output, rows, pass);

        void ActivateRow(int row) => GatedActivationKernel.Forward(
            projected + (2 * row * _width), projected + (((2 * row) + 1) * _width), activated + (row * _width), _width, _activation);
    }

    public override void Backward(Tensor? input, Tensor outputGradient, Tensor? inputGradient, BranchActivations kept, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        using var memory = pass.Workspace.Open(pass.Tokens);
        var projected = KeptOf(kept, pass);
        var activated = _down.IsTrained(pass) ? Activate(projected, memory.Matrix(_width)) : null;
        var activatedGradient = memory.Matrix(_width);
        _down.Backward(activated, outputGradient, activatedGradient, add: false, pass);
        BackwardOfInputs(input, activatedGradient, inputGradient, projected, pass);
    }

    /// <summary>The backward pass of an expert on the CPU. Each row of the expert's output was multiplied by a weight. The projections have no biases.</summary>
    /// <param name="input">The input, (N, hidden). It is needed only if <see cref="NeedsInput"/>.</param>
    /// <param name="outputGradient">The gradient of the weighted output, (N, hidden).</param>
    /// <param name="inputGradient">Receives the gradient of the input, (N, hidden); <see langword="null"/> if it is not needed.</param>
    /// <param name="projected">The matrices of the forward pass, which are overwritten.</param>
    /// <param name="weights">The weights, (N, 1), in the model's number format.</param>
    /// <param name="pass">The current pass.</param>
    /// <returns>The gradient of the weights, float32 (N).</returns>
    public Tensor Backward(
        Tensor? input, Tensor outputGradient, Tensor? inputGradient, IReadOnlyList<Tensor> projected, Tensor weights, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        using var memory = pass.Workspace.Open(pass.Tokens);
        var activated = Activate(projected, memory.Matrix(_width));
        var gradient = memory.Matrix(_width);

        // The weighted output is w·down(a), and down is linear, so it is down(w·a). This gradient is that of w·a: its product with a is the
        // gradient of w, and its product with w is the gradient of a.
        var weighted = _down.IsTrained(pass) ? memory.Matrix(_width).copy_(activated).mul_(weights) : null;
        _down.Backward(weighted, outputGradient, gradient, add: false, pass);
        var weightGradient = activated.to_type(ScalarType.Float32).mul(gradient.to_type(ScalarType.Float32)).sum(1);
        BackwardOfInputs(input, gradient.mul_(weights), inputGradient, projected, pass);
        return weightGradient.MoveToOuterDisposeScope();
    }

    private void BackwardOfInputs(Tensor? input, Tensor activatedGradient, Tensor? inputGradient, IReadOnlyList<Tensor> projected, CpuPass pass)
    {
        var parts = _inputs.Split(projected);
        GatedActivationKernel.Backward(parts[0], parts[1], activatedGradient, _activation);     // replaces gate and up by their gradients
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
        _ => throw new InvalidOperationException($"The activation {_activation} is not implemented for autograd."),
    };

    private static Tensor GeluTanh(Tensor gate)
    {
        var x = gate.to_type(ScalarType.Float32);
        var tanh = x.Add(x.Pow(3).Mul(0.044715)).Mul(Math.Sqrt(2 / Math.PI)).tanh();
        return x.Mul(0.5).mul(tanh.Add(1)).to_type(gate.dtype);
    }

    public override bool IsTrained(CpuPass pass) => NeedsInput(pass) || _down.IsTrained(pass);

    public override bool NeedsInput(CpuPass pass) => _inputs.IsTrained(pass);
}
