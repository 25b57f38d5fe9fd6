using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Projections;

/// <summary>
/// Projections of one input: query, key and value, or gate and up. Each has a weight of its own, or one weight has the rows of all (Phi-3's
/// <c>qkv_proj</c> and <c>gate_up_proj</c>), and then one adapter is for all of them.
/// </summary>
internal sealed class ProjectionGroup
{
    private readonly LoraLinear[] _layers;

    /// <summary>Initializes a group of projections with a weight each.</summary>
    public ProjectionGroup(params LoraLinear[] layers)
    {
        _layers = layers;
        Widths = [.. layers.Select(layer => (long)layer.OutFeatures)];
    }

    /// <summary>Initializes a group of projections that are rows of one weight.</summary>
    /// <param name="fused">The weight's projection.</param>
    /// <param name="widths">How many rows each has, in their order.</param>
    public ProjectionGroup(LoraLinear fused, IReadOnlyList<long> widths) => (_layers, Widths) = ([fused], widths);

    /// <summary>Gets the width of each projection's output.</summary>
    public IReadOnlyList<long> Widths { get; }

    /// <summary>Gets the widths of the matrices that the CPU executor has for the outputs: one for each weight.</summary>
    public IReadOnlyList<long> MatrixWidths => [.. _layers.Select(layer => (long)layer.OutFeatures)];

    /// <summary>Gets what the projections' dropout follows from; none where there is none.</summary>
    public TokenNoise? Noise => _layers.Select(layer => layer.Noise).FirstOrDefault(noise => noise is not null);

    /// <summary>Each projection's output: the matrices themselves, or columns of the only one.</summary>
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

    /// <summary>Under autograd, or decoding: (…, in) to each projection's (…, out).</summary>
    public Tensor[] Forward(Tensor input) => Split([.. _layers.Select(layer => layer.call(input))]);

    /// <summary>On the CPU, without autograd.</summary>
    /// <param name="x">(N, in).</param>
    /// <param name="matrices">Where the outputs go, (N, width) for each of <see cref="MatrixWidths"/>.</param>
    /// <param name="pass">What the pass shares.</param>
    public void Forward(Tensor x, IReadOnlyList<Tensor> matrices, CpuPass pass)
    {
        foreach (var (i, layer) in _layers.Index())
        {
            layer.Forward(x, matrices[i], add: false, pass);
        }
    }

    /// <summary>Adds to the gradients of what is trained, and sets that of the input.</summary>
    /// <param name="x">(N, in); needed where something is trained.</param>
    /// <param name="gradients">Those of the matrices.</param>
    /// <param name="inputGradient">(N, in); none where it is not asked for.</param>
    /// <param name="pass">What the pass shares.</param>
    public void Backward(Tensor? x, IReadOnlyList<Tensor> gradients, Tensor? inputGradient, CpuPass pass)
    {
        foreach (var (i, layer) in _layers.Index())
        {
            layer.Backward(x, gradients[i], inputGradient, add: i > 0, pass);
        }
    }

    /// <summary>Says whether anything of the projections is trained, so that their input is needed again.</summary>
    public bool IsTrained(CpuPass pass) => Array.Exists(_layers, layer => layer.IsTrained(pass));
}
