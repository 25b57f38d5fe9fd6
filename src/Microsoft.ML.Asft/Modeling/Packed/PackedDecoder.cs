using TorchSharp;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// Trains a <see cref="Decoder"/> on the CPU without autograd: layers form a chain, so that a forward and a backward pass
/// written by hand, over packed sequences and memory that every step uses again, do all that is needed. One at a time.
/// </summary>
internal sealed class PackedDecoder : IDisposable
{
    private readonly Decoder _model;
    private readonly ScalarType _dtype;
    private readonly CpuKernels _kernels;
    private readonly RotaryEmbedding _rotary;
    private readonly PackedLayer[] _layers;
    private readonly PackedActivations[] _kept;
    private readonly PackedBuffer[] _inputs;       // each layer's input, and after the last layer its output
    private readonly PackedActivations _passing;   // of a pass that nobody goes back through
    private readonly PackedScratch _scratch;
    private readonly bool _recompute;
    private PackedContext? _context;
    private Tensor? _positions;

    /// <param name="model">The model. It stays its owner's.</param>
    /// <param name="recompute">Whether the backward pass runs each layer again instead of keeping what it computed.</param>
    public PackedDecoder(Decoder model, bool recompute)
    {
        _model = model;
        _dtype = model.HeadWeight.dtype;
        _kernels = CpuKernels.For(_dtype);
        _rotary = new RotaryEmbedding(model.Config, ScalarType.Float32, CPU);
        _layers = [.. model.Layers.Select((layer, i) => new PackedLayer(layer, model.Config, i))];
        _passing = new PackedActivations(model.Config, _dtype);
        _recompute = recompute;
        _kept = [.. _layers.Select(_ => recompute ? _passing : new PackedActivations(model.Config, _dtype))];
        _inputs = [.. Enumerable.Range(0, _layers.Length + 1).Select(_ => new PackedBuffer(model.Config.HiddenSize, _dtype))];
        _scratch = new PackedScratch(model.Config, _dtype);
    }

    /// <summary>Says whether a model can be run this way.</summary>
    public static bool Supports(CausalLanguageModel model) =>
        model is Decoder && model.HeadWeight.device_type == DeviceType.CPU
        && model.HeadWeight.dtype is ScalarType.Float32 or ScalarType.BFloat16
        && model.AdaptableLayers().All(l => l.Layer.Magnitude is null);

    /// <summary>Computes hidden states, the last norm included, of some tokens.</summary>
    /// <param name="sequences">The sequences.</param>
    /// <param name="positions">int64 (P): which of the N tokens, each at most once.</param>
    /// <returns>(P, hidden).</returns>
    public Tensor HiddenStates(PackedSequences sequences, Tensor positions)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var context = new PackedContext(sequences, _kernels, _rotary, IsTraining: false);
        long n = context.Tokens;
        var x = Embed(sequences, _inputs[0].Rows(n));
        for (int i = 0; i < _layers.Length; i++)
        {
            _model.LayerWeights?.Gather(i);
            _layers[i].Forward(x, x, _passing, _scratch, context);
        }

        return LastNorm(x, positions).MoveToOuterDisposeScope();
    }

    /// <summary>The same, for <see cref="Backward"/> to follow.</summary>
    public Tensor Forward(PackedSequences sequences, Tensor positions)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        (_context, _positions) = (new PackedContext(sequences, _kernels, _rotary, _model.training), positions);
        long n = _context.Tokens;
        Embed(sequences, _inputs[0].Rows(n));
        for (int i = 0; i < _layers.Length; i++)
        {
            _model.LayerWeights?.Gather(i);
            _layers[i].Forward(_inputs[i].Rows(n), _inputs[i + 1].Rows(n), _kept[i], _scratch, _context);
        }

        return LastNorm(_inputs[^1].Rows(n), positions).MoveToOuterDisposeScope();
    }

    /// <summary>Adds to the gradients of everything that is trained.</summary>
    /// <param name="gradient">Of what <see cref="Forward"/> returned, (P, hidden).</param>
    /// <param name="gradientOf">The float32 gradient of a parameter; none where it is frozen.</param>
    public void Backward(Tensor gradient, Func<Tensor, Tensor?> gradientOf)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var context = _context!;
        long n = context.Tokens;
        var x = _inputs[^1].Rows(n);
        var chosen = x.index_select(0, _positions!);
        var chosenGradient = empty_like(chosen);
        _kernels.RmsNormBackward(
            chosen, _model.Norm.Weight, _model.Norm.Epsilon, gradient, chosenGradient, add: false, gradientOf(_model.Norm.Weight));
        var current = x.zero_().index_copy_(0, _positions!, chosenGradient);

        var embeddingGradient = gradientOf(_model.Embedding);
        int lowest = embeddingGradient is not null ? 0 : Array.FindIndex(_layers, layer => layer.IsTrained(gradientOf));
        for (int i = _layers.Length - 1; i >= lowest && lowest >= 0; i--)
        {
            var input = _inputs[i].Rows(n);
            _model.LayerWeights?.Gather(i);
            if (_recompute)
            {
                _layers[i].Forward(input, output: null, _kept[i], _scratch, context);
            }

            _layers[i].Backward(
                input, current, i > lowest || embeddingGradient is not null, _kept[i], _scratch, gradientOf, context);
            _model.LayerWeights?.Reduce(i);
        }

        if (embeddingGradient is not null)
        {
            var ids = tensor(context.Sequences.Ids, ScalarType.Int64);
            embeddingGradient.index_add_(0, ids, current.to_type(ScalarType.Float32), 1);
        }
    }

    public void Dispose()
    {
        foreach (var kept in _kept)
        {
            kept.Dispose();
        }

        foreach (var input in _inputs)
        {
            input.Dispose();
        }

        _passing.Dispose();
        _scratch.Dispose();
        _rotary.Dispose();
    }

    private Tensor Embed(PackedSequences sequences, Tensor target) =>
        target.copy_(_model.Embedding.index_select(0, tensor(sequences.Ids, ScalarType.Int64)));

    private Tensor LastNorm(Tensor x, Tensor positions)
    {
        var chosen = x.index_select(0, positions);
        var normed = empty_like(chosen);
        _kernels.RmsNorm(chosen, _model.Norm.Weight, _model.Norm.Epsilon, normed);
        return normed;
    }
}
