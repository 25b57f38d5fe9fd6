using Microsoft.ML.Asft.Modeling.Execution;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// What a residual branch adds to the stream: attention or a feed-forward block. It knows itself in both forms, so that its modules, its
/// gradients written by hand and the memory that they need stand in one place.
/// </summary>
internal abstract class BranchBody(string name) : nn.Module(name)
{
    /// <summary>Gets the widths of what <see cref="Backward"/> needs of <see cref="Forward(Tensor, Tensor, bool, BranchActivations, CpuPass)"/>.</summary>
    public abstract IReadOnlyList<long> ActivationWidths { get; }

    /// <summary>Under autograd, or decoding: (B, T, H) to the same shape.</summary>
    public abstract Tensor Forward(Tensor input, AutogradPass pass);

    /// <summary>On the CPU, without autograd.</summary>
    /// <param name="input">(N, H).</param>
    /// <param name="output">(N, H); none when only the activations are wanted again.</param>
    /// <param name="add">Whether the output is added to.</param>
    /// <param name="kept">Where what the backward pass needs is left.</param>
    /// <param name="pass">What the pass shares.</param>
    public abstract void Forward(Tensor input, Tensor? output, bool add, BranchActivations kept, CpuPass pass);

    /// <summary>Adds to the gradients of what is trained, and sets that of the input.</summary>
    /// <param name="input">(N, H); needed where <see cref="NeedsInput"/> says so.</param>
    /// <param name="outputGradient">(N, H).</param>
    /// <param name="inputGradient">(N, H); none where it is not asked for.</param>
    /// <param name="kept">What the forward pass left. It is of no use afterwards.</param>
    /// <param name="pass">What the pass shares.</param>
    public abstract void Backward(Tensor? input, Tensor outputGradient, Tensor? inputGradient, BranchActivations kept, CpuPass pass);

    /// <summary>Says whether anything in the body is trained.</summary>
    public abstract bool IsTrained(CpuPass pass);

    /// <summary>Says whether the backward pass reads the input.</summary>
    public abstract bool NeedsInput(CpuPass pass);

    protected override void RegisterComponents()
    {
    }
}
