using Microsoft.ML.Asft.Modeling.Execution;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>A decoder layer: residual branches, one after the other.</summary>
internal sealed class DecoderLayer : nn.Module
{
    private readonly ResidualBranch[] _branches;

    /// <param name="branches">The branches, in the order in which they run.</param>
    /// <param name="modules">What they are made of, by Hugging Face's names.</param>
    public DecoderLayer(IEnumerable<ResidualBranch> branches, IEnumerable<(string Name, nn.Module Module)> modules)
        : base(nameof(DecoderLayer))
    {
        _branches = [.. branches];
        foreach (var (name, module) in modules)
        {
            register_module(name, module);
        }
    }

    /// <summary>Makes memory for what the backward pass needs, branch by branch.</summary>
    public BranchActivations[] NewActivations(ScalarType dtype) => [.. _branches.Select(branch => branch.NewActivations(dtype))];

    /// <summary>Gets how many numbers the backward pass needs of each token, the layer's input aside.</summary>
    public long KeptWidth => _branches.Sum(branch => branch.KeptWidth) + _branches.Skip(1).Sum(branch => branch.HiddenSize);

    /// <summary>Under autograd, or decoding, on (B, T, H). What autograd does not need is freed on the way out.</summary>
    public Tensor Forward(Tensor x, AutogradPass pass)
    {
        using var scope = NewDisposeScope();
        foreach (var branch in _branches)
        {
            x = branch.Forward(x, pass);
        }

        return x.MoveToOuterDisposeScope();
    }

    /// <summary>On the CPU, without autograd.</summary>
    /// <param name="x">(N, H).</param>
    /// <param name="y">(N, H), x itself where no backward pass follows; none when only the activations are wanted again.</param>
    /// <param name="kept">Where what the backward pass needs is left.</param>
    /// <param name="pass">What the pass shares.</param>
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

    /// <summary>Says whether anything in the layer is trained.</summary>
    public bool IsTrained(CpuPass pass) => Array.Exists(_branches, branch => branch.IsTrained(pass));

    /// <summary>Adds to the gradients of what is trained, and turns that of the output into that of the input.</summary>
    /// <param name="x">The layer's input, (N, H).</param>
    /// <param name="gradient">(N, H).</param>
    /// <param name="needsInputGradient">Whether anything below is trained.</param>
    /// <param name="kept">What the forward pass left. It is of no use afterwards.</param>
    /// <param name="pass">What the pass shares.</param>
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
