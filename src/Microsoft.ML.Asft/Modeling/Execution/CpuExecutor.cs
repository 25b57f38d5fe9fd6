using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Modeling.Operators.Rotary;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>
/// Runs a <see cref="Decoder"/> on the CPU without autograd. It calls the operators' hand-written forward and backward passes, layer by layer, on packed
/// sequences. Every step uses the same memory again. It runs one pass at a time.
/// </summary>
internal sealed class CpuExecutor : IDisposable
{
    private readonly Decoder _model;
    private readonly RotaryEmbedding _rotary;
    private readonly RotaryEmbedding? _windowedRotary;
    private readonly Workspace _workspace;
    private readonly BranchActivations[][] _kept;      // for each layer
    private readonly BranchActivations[][] _passing;   // for each layer, in a pass without a backward pass; layers whose activations have equal widths share them
    private readonly RowBuffer[] _inputs;              // the input of each layer, then the output of the last layer
    private readonly bool _recompute;
    private CpuPass? _pass;
    private Tensor? _positions;

    /// <param name="model">The model. The caller still owns it.</param>
    /// <param name="recompute">Whether the backward pass runs each layer again, instead of keeping the activations of all layers.</param>
    public CpuExecutor(Decoder model, bool recompute)
    {
        (_model, _recompute) = (model, recompute);
        var dtype = model.HeadWeight.dtype;
        _rotary = new RotaryEmbedding(model.Config, ScalarType.Float32, CPU);
        _windowedRotary = RotaryEmbedding.OfWindows(model.Config, ScalarType.Float32, CPU);
        _workspace = new Workspace(dtype);
        var byShape = model.Layers.GroupBy(layer => layer.ActivationShape).ToDictionary(group => group.Key, group => group.First().NewActivations(dtype));
        _passing = [.. model.Layers.Select(layer => byShape[layer.ActivationShape])];
        _kept = recompute ? _passing : [.. model.Layers.Select(layer => layer.NewActivations(dtype))];
        _inputs = [.. Enumerable.Range(0, model.Layers.Length + 1).Select(_ => new RowBuffer(model.Config.HiddenSize, dtype))];
    }

    /// <summary>Whether this executor can run a model.</summary>
    public static bool Supports(CausalLanguageModel model) =>
        model is Decoder && ElementTypes.Supports(model.HeadWeight.dtype, model.HeadWeight.device_type)
        && model.AdaptableLayers().All(l => l.Layer.Magnitude is null);

    /// <summary>Computes the hidden states of some tokens, after the last norm.</summary>
    /// <param name="sequences">The sequences.</param>
    /// <param name="positions">The indices of these tokens among the N tokens, int64 (P). Each occurs at most once.</param>
    /// <returns>The hidden states, (P, H).</returns>
    public Tensor HiddenStates(PackedSequences sequences, Tensor positions)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var pass = new CpuPass(sequences, _rotary, _workspace, IsTraining: false) { WindowedRotary = _windowedRotary };
        var x = _model.Embedding.Forward(sequences, _inputs[0].Rows(pass.Tokens));
        for (int i = 0; i < _model.Layers.Length; i++)
        {
            _model.LayerWeights?.Gather(i);
            _model.Layers[i].Forward(x, x, _passing[i], pass);
        }

        return LastNorm(x, positions).MoveToOuterDisposeScope();
    }

    /// <summary>Computes the same hidden states, and keeps what <see cref="Backward"/> needs.</summary>
    public Tensor Forward(PackedSequences sequences, Tensor positions)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        (_pass, _positions) = (new CpuPass(sequences, _rotary, _workspace, _model.training) { WindowedRotary = _windowedRotary }, positions);
        long n = _pass.Tokens;
        _model.Embedding.Forward(sequences, _inputs[0].Rows(n));
        for (int i = 0; i < _model.Layers.Length; i++)
        {
            _model.LayerWeights?.Gather(i);
            _model.Layers[i].Forward(_inputs[i].Rows(n), _inputs[i + 1].Rows(n), _kept[i], _pass);
        }

        return LastNorm(_inputs[^1].Rows(n), positions).MoveToOuterDisposeScope();
    }

    /// <summary>Adds to the gradients of all trained parameters.</summary>
    /// <param name="gradient">The gradient of the hidden states that <see cref="Forward"/> returned, (P, H).</param>
    /// <param name="gradientOf">Returns the float32 gradient of a parameter; <see langword="null"/> if the parameter is frozen.</param>
    public void Backward(Tensor gradient, Func<Tensor, Tensor?> gradientOf)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var pass = _pass! with { GradientOf = gradientOf };
        long n = pass.Tokens;
        var x = _inputs[^1].Rows(n);
        var chosen = x.index_select(0, _positions!);
        var chosenGradient = empty_like(chosen);
        _model.Norm.Backward(chosen, gradient, chosenGradient, add: false, pass);
        var current = x.zero_().index_copy_(0, _positions!, chosenGradient);

        bool trainsEmbedding = pass.IsTrained(_model.Embedding.Weight);
        int lowest = trainsEmbedding ? 0 : Array.FindIndex(_model.Layers, layer => layer.IsTrained(pass));
        for (int i = _model.Layers.Length - 1; i >= lowest && lowest >= 0; i--)
        {
            var input = _inputs[i].Rows(n);
            _model.LayerWeights?.Gather(i);
            if (_recompute)
            {
                _model.Layers[i].Forward(input, y: null, _kept[i], pass);
            }

            _model.Layers[i].Backward(input, current, trainsEmbedding || i > lowest, _kept[i], pass);
            _model.LayerWeights?.Reduce(i);
        }

        _model.Embedding.Backward(current, pass);
    }

    public void Dispose()
    {
        foreach (var buffer in (IDisposable[])[.. _kept.SelectMany(kept => kept), .. _passing.SelectMany(kept => kept), .. _inputs, _workspace, _rotary])
        {
            buffer.Dispose();
        }

        _windowedRotary?.Dispose();
    }

    private Tensor LastNorm(Tensor x, Tensor positions)
    {
        var chosen = x.index_select(0, positions);
        return _model.Norm.Forward(chosen, empty_like(chosen));
    }
}
