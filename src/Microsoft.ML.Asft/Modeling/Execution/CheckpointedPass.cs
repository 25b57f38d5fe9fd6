using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Execution;

/// <summary>
/// Gradient checkpointing under autograd (arXiv 1604.06174), with one segment for each layer. The forward pass keeps only each layer's input. The
/// backward pass runs each layer again, the last one first. Layers form a chain, so a layer's backward pass needs only the gradient of its
/// output.
/// </summary>
internal sealed class CheckpointedPass : IDisposable
{
    private readonly ILayeredModel _model;
    private readonly Func<Tensor, Tensor>[] _layers;    // the layers, then the function after the last layer
    private readonly Tensor[] _inputs;

    /// <summary>Runs the layers.</summary>
    /// <param name="model">The model. Its <see cref="ILayeredModel.LayerWeights"/> reduces each layer's gradients.</param>
    /// <param name="chain">The model's layers and the input of the first one, which may have an autograd graph.</param>
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

    /// <summary>Gets the output of the last function, without an autograd graph.</summary>
    public Tensor Output { get; }

    /// <summary>Runs the backward pass, which adds to the gradients of the parameters.</summary>
    /// <param name="gradient">The gradient of <see cref="Output"/>, in its shape.</param>
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
