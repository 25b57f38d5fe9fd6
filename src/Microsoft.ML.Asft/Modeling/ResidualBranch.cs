using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Norms;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// One residual branch, <c>x += scale · postNorm(body(preNorm(x)))</c>: all that a decoder layer is wired of. Each norm may be missing.
/// Llama, Mistral and Qwen normalise before, OLMo 2 after, Gemma both; Granite scales.
/// </summary>
internal sealed class ResidualBranch(RmsNorm? preNorm, BranchBody body, RmsNorm? postNorm, double scale, long hiddenSize)
{
    // The body's last product then adds straight to the stream.
    private readonly bool _addsDirectly = postNorm is null && scale == 1;

    /// <summary>Gets the width of the stream.</summary>
    public long HiddenSize => hiddenSize;

    /// <summary>Gets how many numbers the backward pass needs of each token, the branch's input aside.</summary>
    public long KeptWidth => body.ActivationWidths.Sum() + (postNorm is null ? 0 : hiddenSize);

    /// <summary>Makes memory for what the backward pass needs.</summary>
    public BranchActivations NewActivations(ScalarType dtype) => new(hiddenSize, body.ActivationWidths, dtype);

    /// <summary>Under autograd, or decoding: (B, T, H) to the same shape.</summary>
    public Tensor Forward(Tensor x, AutogradPass pass)
    {
        var y = body.Forward(preNorm is null ? x : preNorm.call(x), pass);
        y = postNorm is null ? y : postNorm.call(y);
        return x.add(scale == 1 ? y : y.mul(scale));
    }

    /// <summary>On the CPU, without autograd.</summary>
    /// <param name="x">The stream before, (N, H).</param>
    /// <param name="y">The stream after, (N, H), which may be x itself; none when only the activations are wanted again.</param>
    /// <param name="kept">Where what the backward pass needs is left.</param>
    /// <param name="pass">What the pass shares.</param>
    public void Forward(Tensor x, Tensor? y, BranchActivations kept, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        using var memory = pass.Workspace.Open(pass.Tokens);
        var input = preNorm is null ? x : preNorm.Forward(x, memory.Matrix(hiddenSize));
        if (_addsDirectly)
        {
            body.Forward(input, y is null ? null : CopyOf(x, y), add: true, kept, pass);
            return;
        }

        var branch = postNorm is null ? memory.Matrix(hiddenSize) : kept.BodyOutput(pass.Tokens);
        body.Forward(input, postNorm is null && y is null ? null : branch, add: false, kept, pass);
        if (y is not null)
        {
            branch = postNorm is null ? branch : postNorm.Forward(branch, memory.Matrix(hiddenSize));
            CopyOf(x, y).add_(branch, scale);
        }
    }

    /// <summary>Says whether anything in the branch is trained.</summary>
    public bool IsTrained(CpuPass pass) => body.IsTrained(pass) || pass.IsTrained(preNorm?.Weight) || pass.IsTrained(postNorm?.Weight);

    /// <summary>Adds to the gradients of what is trained, and turns that of the stream after the branch into that of the stream before.</summary>
    /// <param name="x">The stream before, (N, H).</param>
    /// <param name="gradient">(N, H).</param>
    /// <param name="needsInputGradient">Whether anything below is trained; if not, <paramref name="gradient"/> is of no use afterwards.</param>
    /// <param name="kept">What the forward pass left. It is of no use afterwards.</param>
    /// <param name="pass">What the pass shares.</param>
    public void Backward(Tensor x, Tensor gradient, bool needsInputGradient, BranchActivations kept, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        using var memory = pass.Workspace.Open(pass.Tokens);
        var above = scale == 1 ? gradient : memory.Matrix(hiddenSize).copy_(gradient).mul_(scale);
        if (postNorm is not null)
        {
            var below = memory.Matrix(hiddenSize);
            postNorm.Backward(kept.BodyOutput(pass.Tokens), above, below, add: false, pass);
            above = below;
        }

        var input = !body.NeedsInput(pass) ? null : preNorm is null ? x : preNorm.Forward(x, memory.Matrix(hiddenSize));
        var inputGradient = needsInputGradient || pass.IsTrained(preNorm?.Weight) ? memory.Matrix(hiddenSize) : null;
        body.Backward(input, above, inputGradient, kept, pass);
        if (inputGradient is null)
        {
            return;
        }

        if (preNorm is null)
        {
            gradient.add_(inputGradient);
        }
        else
        {
            preNorm.Backward(x, inputGradient, gradient, add: true, pass);
        }
    }

    // Which costs nothing where they are one.
    private static Tensor CopyOf(Tensor x, Tensor y) => ReferenceEquals(x, y) ? y : y.copy_(x);
}
