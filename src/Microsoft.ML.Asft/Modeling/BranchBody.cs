using Microsoft.ML.Asft.Modeling.Execution;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// The body of a residual branch: attention or a feed-forward block. Its output is added to the residual stream. Each body has all forms, for
/// autograd, for the CPU executor and for decoding, so that its modules, its hand-written gradients and the memory that they need are in one place.
/// </summary>
internal abstract class BranchBody(string name) : nn.Module(name)
{
    /// <summary>
    /// Gets the widths of the activations that <see cref="Forward(Tensor, Tensor, bool, BranchActivations, CpuPass)"/> keeps for <see cref="Backward"/>.
    /// </summary>
    public abstract IReadOnlyList<long> ActivationWidths { get; }

    /// <summary>Gets the number of values in these activations for each token.</summary>
    public virtual long KeptWidth => ActivationWidths.Sum();

    /// <summary>The forward pass under autograd or in decoding, from (B, T, H) to the same shape.</summary>
    public abstract Tensor Forward(Tensor input, AutogradPass pass);

    /// <summary>The forward pass on the CPU, without autograd.</summary>
    /// <param name="input">The input, (N, H).</param>
    /// <param name="output">Receives the output, (N, H); <see langword="null"/> to compute only the activations again.</param>
    /// <param name="add">Whether to add to <paramref name="output"/> instead of overwriting it.</param>
    /// <param name="kept">Receives the activations that the backward pass needs.</param>
    /// <param name="pass">The current pass.</param>
    public abstract void Forward(Tensor input, Tensor? output, bool add, BranchActivations kept, CpuPass pass);

    /// <summary>Computes one token of each sequence on the CPU, in decoding.</summary>
    /// <param name="input">The input, (rows, H).</param>
    /// <param name="output">Receives the output, (rows, H).</param>
    /// <param name="rows">The number of sequences.</param>
    /// <param name="pass">The current pass.</param>
    public abstract unsafe void Decode(float* input, float* output, int rows, DecodePass pass);

    /// <summary>The backward pass on the CPU: adds to the gradients of the trained parameters and computes the gradient of the input.</summary>
    /// <param name="input">The input, (N, H). It is needed only if <see cref="NeedsInput"/>.</param>
    /// <param name="outputGradient">The gradient of the output, (N, H).</param>
    /// <param name="inputGradient">Receives the gradient of the input, (N, H); <see langword="null"/> if it is not needed.</param>
    /// <param name="kept">The activations of the forward pass. The backward pass may overwrite them.</param>
    /// <param name="pass">The current pass.</param>
    public abstract void Backward(Tensor? input, Tensor outputGradient, Tensor? inputGradient, BranchActivations kept, CpuPass pass);

    /// <summary>Whether a parameter of the body is trained.</summary>
    public abstract bool IsTrained(CpuPass pass);

    /// <summary>Whether the backward pass reads the input.</summary>
    public abstract bool NeedsInput(CpuPass pass);

    protected override void RegisterComponents()
    {
    }
}
