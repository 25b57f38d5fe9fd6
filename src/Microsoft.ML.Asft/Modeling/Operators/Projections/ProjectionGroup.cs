using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Projections;

/// <summary>
/// Projections of the same input: query, key and value, or gate and up. They have separate weights, or they are fused into one weight (Phi-3's
/// <c>qkv_proj</c> and <c>gate_up_proj</c>), which then has one adapter.
/// </summary>
internal sealed class ProjectionGroup
{
    private readonly LoraLinear[] _layers;

    /// <summary>Initializes a group of projections with separate weights.</summary>
    public ProjectionGroup(params LoraLinear[] layers)
    {
        _layers = layers;
        Widths = [.. layers.Select(layer => (long)layer.OutFeatures)];
    }

    /// <summary>Initializes a group of projections that are fused into one.</summary>
    /// <param name="fused">The fused projection.</param>
    /// <param name="widths">The width of each projection's output, in the order of the weight's rows.</param>
    public ProjectionGroup(LoraLinear fused, IReadOnlyList<long> widths) => (_layers, Widths) = ([fused], widths);

    /// <summary>Gets the width of each projection's output.</summary>
    public IReadOnlyList<long> Widths { get; }

    /// <summary>Gets the widths of the outputs' matrices, one for each weight.</summary>
    public IReadOnlyList<long> MatrixWidths => [.. _layers.Select(layer => (long)layer.OutFeatures)];

    /// <summary>Gets the random numbers of dropout; <see langword="null"/> without dropout.</summary>
    public TokenNoise? Noise => _layers.Select(layer => layer.Noise).FirstOrDefault(noise => noise is not null);

    /// <summary>Each projection's part of the matrices: the matrices themselves, or columns of the only one.</summary>
    public Tensor[] Split(IReadOnlyList<Tensor> matrices)
    {
        if (matrices.Count == Widths.Count)
        {
            return [.. matrices];
        }

        var parts = new Tensor[Widths.Count];
        long start = 0;
        for (int i = 0; i < parts.Length; i++)
        {
            parts[i] = matrices[0].narrow(-1, start, Widths[i]);
            start += Widths[i];
        }

        return parts;
    }

    /// <summary>The forward pass under autograd or in decoding, from (…, in) to each projection's (…, out).</summary>
    public Tensor[] Forward(Tensor input)
    {
        Tensor? adapterInput = null;
        var outputs = new Tensor[_layers.Length];
        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i] = _layers[i].Forward(input, ref adapterInput);
        }

        return Split(outputs);
    }

    /// <summary>The forward pass on the CPU, without autograd.</summary>
    /// <param name="x">The input, (N, in).</param>
    /// <param name="matrices">Receive the outputs, (N, width) for each of <see cref="MatrixWidths"/>.</param>
    /// <param name="pass">The current pass.</param>
    public void Forward(Tensor x, IReadOnlyList<Tensor> matrices, CpuPass pass)
    {
        foreach (var (i, layer) in _layers.Index())
        {
            layer.Forward(x, matrices[i], add: false, pass);
        }
    }

    /// <summary>Computes one token of each sequence on the CPU, in decoding.</summary>
    /// <param name="input">The input, (rows, in).</param>
    /// <param name="rows">The number of sequences.</param>
    /// <param name="pass">The current pass, whose memory the result is in.</param>
    /// <returns>The outputs of all projections side by side, (rows, sum of <see cref="Widths"/>).</returns>
    public unsafe float* Decode(float* input, int rows, DecodePass pass)
    {
        float* output = pass.Allocate(rows * Widths.Sum());
        LoraLinear.Decode(_layers, input, output, rows, pass);
        return output;
    }

    /// <summary>The backward pass on the CPU: adds to the gradients of the trained parameters and computes the gradient of the input.</summary>
    /// <param name="x">The input, (N, in). It is needed only if <see cref="IsTrained"/>.</param>
    /// <param name="gradients">The gradients of the matrices.</param>
    /// <param name="inputGradient">Receives the gradient of the input, (N, in); <see langword="null"/> if it is not needed.</param>
    /// <param name="pass">The current pass.</param>
    public void Backward(Tensor? x, IReadOnlyList<Tensor> gradients, Tensor? inputGradient, CpuPass pass)
    {
        foreach (var (i, layer) in _layers.Index())
        {
            layer.Backward(x, gradients[i], inputGradient, add: i > 0, pass);
        }
    }

    /// <summary>Whether a parameter of the projections is trained. If so, the backward pass needs their input.</summary>
    public bool IsTrained(CpuPass pass) => Array.Exists(_layers, layer => layer.IsTrained(pass));
}
