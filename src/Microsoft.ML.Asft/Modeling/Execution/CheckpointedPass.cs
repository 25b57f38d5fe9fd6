using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>
/// A forward pass that keeps each layer's input and nothing else, and a backward pass that runs each layer again, the last
/// one first (gradient checkpointing, arXiv 1604.06174, with a segment a layer). Layers form a chain, so the gradient of a
/// layer's output is all that its own backward pass needs.
/// </summary>
internal sealed class CheckpointedPass : IDisposable
{
    private readonly ILayeredModel _model;
    private readonly Func<Tensor, Tensor>[] _layers;    // and what comes after the last
    private readonly Tensor[] _inputs;

    /// <summary>Runs the layers.</summary>
    /// <param name="model">The model, in whose <see cref="ILayeredModel.LayerWeights"/> each layer's gradients go.</param>
    /// <param name="chain">Its layers, and what the first reads, with the graph behind it if there is one.</param>
    public CheckpointedPass(ILayeredModel model, LayerChain chain)
    {
        _model = model;
        _layers = [.. chain.Layers, chain.Last];
        _inputs = new Tensor[_layers.Length];
        using var noGrad = no_grad();
        var x = chain.Input;
        for (int i = 0; i < _layers.Length; i++)
        {
            _inputs[i] = x.DetachFromDisposeScope();
            x = _layers[i](x);
        }

        Output = x;
    }

    /// <summary>Gets what the last layer returned, without a graph.</summary>
    public Tensor Output { get; }

    /// <summary>Adds up the gradients of every parameter.</summary>
    /// <param name="gradient">The gradient of <see cref="Output"/>, of its shape.</param>
    public void Backward(Tensor gradient)
    {
        var current = gradient.alias();
        for (int i = _layers.Length - 1; i >= 0; i--)
        {
            using var scope = NewDisposeScope();
            bool isFirst = i == 0;
            bool hasGraph = isFirst && _inputs[0].requires_grad;
            var input = hasGraph ? _inputs[0] : _inputs[i].detach().requires_grad_(!isFirst);
            var output = _layers[i](input);
            if (output.requires_grad)
            {
                output.backward([current]);
            }

            if (i < _layers.Length - 1)
            {
                _model.LayerWeights?.Reduce(i);
            }

            current.Dispose();
            current = isFirst ? zeros(0) : input.grad!.DetachFromDisposeScope();
            _inputs[i].Dispose();
        }

        current.Dispose();
    }

    public void Dispose()
    {
        foreach (var tensor in _inputs)
        {
            tensor.Dispose();
        }
    }
}
