using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// A forward pass that keeps each layer's input and nothing else, and a backward pass that runs each layer again, the last
/// one first (gradient checkpointing, arXiv 1604.06174, with a segment a layer). Layers form a chain, so the gradient of a
/// layer's output is all that its own backward pass needs.
/// </summary>
internal sealed class CheckpointedPass : IDisposable
{
    private readonly IReadOnlyList<Func<Tensor, Tensor>> _layers;
    private readonly Tensor[] _inputs;
    private readonly Action<int>? _wentBack;

    /// <summary>Runs the layers.</summary>
    /// <param name="layers">The chain.</param>
    /// <param name="input">What the first layer reads, with the graph behind it if there is one.</param>
    /// <param name="wentBack">Told of each layer whose gradients are there.</param>
    public CheckpointedPass(IReadOnlyList<Func<Tensor, Tensor>> layers, Tensor input, Action<int>? wentBack = null)
    {
        (_layers, _wentBack) = (layers, wentBack);
        _inputs = new Tensor[layers.Count];
        using var noGrad = no_grad();
        var x = input;
        for (int i = 0; i < layers.Count; i++)
        {
            _inputs[i] = x.DetachFromDisposeScope();
            x = layers[i](x);
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
        for (int i = _layers.Count - 1; i >= 0; i--)
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

            _wentBack?.Invoke(i);

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
