using Microsoft.ML.Asft.Checkpoints.Configuration;
using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.FeedForward;
using Microsoft.ML.Asft.Modeling.Operators.Projections;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Microsoft.ML.Asft.Modeling.Operators.Experts;

/// <summary>
/// A mixture of experts: several feed-forward blocks, of which each token uses some. The output is <c>Σ weight · expert(x)</c> over the experts
/// that a router chooses (arXiv 2401.04088). The gradient flows through the weights to the router and the input, and not through the choice.
/// </summary>
internal sealed class MixtureOfExperts : BranchBody
{
    private readonly ExpertSettings _settings;
    private readonly LoraLinear _router;
    private readonly GatedFeedForward[] _experts;
    private readonly long _hiddenSize;

    /// <param name="settings">The settings of the experts.</param>
    /// <param name="router">The router, (E, hidden).</param>
    /// <param name="experts">The E experts, without biases.</param>
    public MixtureOfExperts(ExpertSettings settings, LoraLinear router, IReadOnlyList<GatedFeedForward> experts)
        : base(nameof(MixtureOfExperts))
    {
        (_settings, _router, _experts, _hiddenSize) = (settings, router, [.. experts], router.InFeatures);
        register_module("gate", router);
        var list = new ExpertList();
        foreach (var (i, expert) in experts.Index())
        {
            list.register_module($"{i}", expert);
        }

        register_module("experts", list);
    }

    // The activations that are kept for the backward pass: the outputs of gate and up, N·K rows, sorted by expert and then by token.
    public override IReadOnlyList<long> ActivationWidths => _experts[0].ActivationWidths;

    public override long KeptWidth => _settings.PerToken * base.KeptWidth;

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, AutogradPass pass)
    {
        var rows = input.reshape(-1, _hiddenSize);
        var routing = new ExpertRouting(_router.call(rows), _settings);
        var output = zeros_like(rows);
        foreach (var part in routing.Parts)
        {
            var tokens = routing.Index(part.Tokens);
            output.IndexAdd_(0, tokens, _experts[part.Expert].Forward(rows.index_select(0, tokens), tokens).mul(routing.WeightsOf(part)));
        }

        return output.view_as(input);
    }

    public override void Forward(Tensor input, Tensor? output, bool add, BranchActivations kept, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        using var memory = pass.Workspace.Open(pass.Tokens);
        var logits = memory.Matrix(_settings.Count);
        _router.Forward(input, logits, add: false, pass);
        var routing = kept.Routing = new ExpertRouting(logits, _settings).Keep();
        var sum = output is null ? null : (add ? memory.Matrix(_hiddenSize) : output).zero_();
        foreach (var part in routing.Parts)
        {
            using var partScope = NewDisposeScope();
            using var partMemory = pass.Workspace.Open(part.Tokens.Length);
            var tokens = routing.Index(part.Tokens);
            var own = sum is null ? null : partMemory.Matrix(_hiddenSize);
            _experts[part.Expert].Forward(input.index_select(0, tokens), own, add: false, KeptOf(kept, part, pass), PassOf(part, pass));
            sum?.IndexAdd_(0, tokens, own!.mul_(routing.WeightsOf(part)));
        }

        if (add)
        {
            output?.Add_(sum!);
        }
    }

    /// <inheritdoc/>
    public override unsafe void Decode(float* input, float* output, int rows, DecodePass pass)
    {
        using var memory = pass.Open();
        float* logits = pass.Allocate((long)rows * _settings.Count);
        LoraLinear.Decode([_router], input, logits, rows, pass);
        new Span<float>(output, (int)(rows * _hiddenSize)).Clear();
        float* own = pass.Allocate(rows * _hiddenSize);
        float* result = pass.Allocate(rows * _hiddenSize);
        foreach (var (expert, tokens) in DecodeRouting.Of(new ReadOnlySpan<float>(logits, rows * _settings.Count), _settings))
        {
            foreach (var (i, token) in tokens.Index())
            {
                RowOf(input, token.Row).CopyTo(RowOf(own, i));
            }

            _experts[expert].Decode(own, result, tokens.Count, pass);
            foreach (var (i, token) in tokens.Index())
            {
                TensorPrimitives.MultiplyAdd(RowOf(result, i), token.Weight, RowOf(output, token.Row), RowOf(output, token.Row));
            }
        }

        Span<float> RowOf(float* matrix, int row) => new(matrix + (row * _hiddenSize), (int)_hiddenSize);
    }

    public override void Backward(Tensor? input, Tensor outputGradient, Tensor? inputGradient, BranchActivations kept, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        var routing = kept.Routing!;
        var weightGradient = zeros([pass.Tokens, _settings.PerToken], ScalarType.Float32);
        inputGradient?.zero_();
        foreach (var part in routing.Parts)
        {
            using var partScope = NewDisposeScope();
            using var partMemory = pass.Workspace.Open(part.Tokens.Length);
            var expert = _experts[part.Expert];
            var tokens = routing.Index(part.Tokens);
            var below = inputGradient is null ? null : partMemory.Matrix(_hiddenSize);
            var own = expert.Backward(
                expert.NeedsInput(pass) ? input!.index_select(0, tokens) : null, outputGradient.index_select(0, tokens), below,
                KeptOf(kept, part, pass), routing.WeightsOf(part), PassOf(part, pass));
            weightGradient.view(-1).index_copy_(0, routing.Index(part.Slots), own);
            inputGradient?.IndexAdd_(0, tokens, below!);
        }

        if (inputGradient is not null || _router.IsTrained(pass))
        {
            _router.Backward(input, routing.Backward(weightGradient).to_type(outputGradient.dtype), inputGradient, add: true, pass);
        }
    }

    public override bool IsTrained(CpuPass pass) => _router.IsTrained(pass) || Array.Exists(_experts, expert => expert.IsTrained(pass));

    public override bool NeedsInput(CpuPass pass) => _router.IsTrained(pass) || Array.Exists(_experts, expert => expert.NeedsInput(pass));

    private static CpuPass PassOf(ExpertRouting.Part part, CpuPass pass) => pass with { Sequences = pass.Sequences.Select(part.Tokens) };

    private Tensor[] KeptOf(BranchActivations kept, ExpertRouting.Part part, CpuPass pass) => [.. Enumerable.Range(0, ActivationWidths.Count)
        .Select(i => kept.OfBody(i, pass.Tokens * _settings.PerToken).narrow(0, part.Start, part.Tokens.Length))];

    /// <summary>Only the part <c>experts</c> of the parameters' names.</summary>
    private sealed class ExpertList() : nn.Module("experts");
}
