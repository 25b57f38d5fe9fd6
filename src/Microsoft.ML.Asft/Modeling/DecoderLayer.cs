using Microsoft.ML.Asft.Modeling.Execution;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>A decoder layer: a sequence of residual branches.</summary>
internal sealed class DecoderLayer : nn.Module
{
    private readonly ResidualBranch[] _branches;

    /// <param name="branches">The branches, in the order in which they run.</param>
    /// <param name="modules">The modules of the branches, by Hugging Face's names.</param>
    public DecoderLayer(IEnumerable<ResidualBranch> branches, IEnumerable<(string Name, nn.Module Module)> modules)
        : base(nameof(DecoderLayer))
    {
        _branches = [.. branches];
        foreach (var (name, module) in modules)
        {
            register_module(name, module);
        }
    }

    /// <summary>Gets a key of the activations' widths. Layers with equal keys can share the memory for activations.</summary>
    public string ActivationShape => string.Join(';', _branches.Select(branch => string.Join(',', branch.ActivationWidths)));

    /// <summary>Creates the memory for the activations that the backward pass needs, one for each branch.</summary>
    public BranchActivations[] NewActivations(ScalarType dtype) => [.. _branches.Select(branch => branch.NewActivations(dtype))];

    /// <summary>Gets the number of values that are kept for the backward pass for each token, without the layer's input.</summary>
    public long KeptWidth => _branches.Sum(branch => branch.KeptWidth) + _branches.Skip(1).Sum(branch => branch.HiddenSize);

    /// <summary>
    /// The forward pass under autograd or in decoding, from (B, T, H) to the same shape. Tensors that autograd does not need are freed at the end.
    /// </summary>
    public Tensor Forward(Tensor x, AutogradPass pass)
    {
        using var scope = NewDisposeScope();
        foreach (var branch in _branches)
        {
            x = branch.Forward(x, pass);
        }

        return x.MoveToOuterDisposeScope();
    }

    /// <summary>The forward pass on the CPU, without autograd.</summary>
    /// <param name="x">The input, (N, H).</param>
    /// <param name="y">
    /// Receives the output, (N, H). It may be x itself if no backward pass follows; <see langword="null"/> to compute only the activations again.
    /// </param>
    /// <param name="kept">Receives the activations that the backward pass needs.</param>
    /// <param name="pass">The current pass.</param>
    public void Forward(Tensor x, Tensor? y, BranchActivations[] kept, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        bool inPlace = ReferenceEquals(x, y);
        for (int i = 0; i < _branches.Length; i++)
        {
            var next = i == _branches.Length - 1 ? y : inPlace ? x : kept[i + 1].Input(pass.Tokens);
            _branches[i].Forward(x, next, kept[i], pass);
            x = next ?? x;
        }
    }

    /// <summary>Computes one token of each sequence on the CPU, in decoding.</summary>
    /// <param name="x">The residual stream, (rows, H), which is updated.</param>
    /// <param name="rows">The number of sequences.</param>
    /// <param name="pass">The current pass.</param>
    public unsafe void Decode(float* x, int rows, DecodePass pass)
    {
        foreach (var branch in _branches)
        {
            branch.Decode(x, rows, pass);
        }
    }

    /// <summary>Whether a parameter of the layer is trained.</summary>
    public bool IsTrained(CpuPass pass) => Array.Exists(_branches, branch => branch.IsTrained(pass));

    /// <summary>The backward pass on the CPU: adds to the gradients of the trained parameters and computes the gradient of the input.</summary>
    /// <param name="x">The layer's input, (N, H).</param>
    /// <param name="gradient">The gradient of the output, (N, H). The gradient of the input replaces it.</param>
    /// <param name="needsInputGradient">Whether an earlier layer or the embedding is trained.</param>
    /// <param name="kept">The activations of the forward pass. The backward pass may overwrite them.</param>
    /// <param name="pass">The current pass.</param>
    public void Backward(Tensor x, Tensor gradient, bool needsInputGradient, BranchActivations[] kept, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        int lowest = needsInputGradient ? 0 : Array.FindIndex(_branches, branch => branch.IsTrained(pass));
        for (int i = _branches.Length - 1; i >= lowest && lowest >= 0; i--)
        {
            _branches[i].Backward(i == 0 ? x : kept[i].Input(pass.Tokens), gradient, needsInputGradient || i > lowest, kept[i], pass);
        }
    }

    protected override void RegisterComponents()
    {
    }
}
