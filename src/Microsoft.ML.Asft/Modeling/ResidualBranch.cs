using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Operators.Norms;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// A residual branch, <c>x += scale · postNorm(body(preNorm(x)))</c>. A decoder layer consists of such branches. Each norm may be missing:
/// Llama, Mistral and Qwen have only the first, OLMo 2 only the second, Gemma both. Granite uses the scale.
/// </summary>
internal sealed class ResidualBranch(RmsNorm? preNorm, BranchBody body, RmsNorm? postNorm, double scale, long hiddenSize)
{
    // Whether the body's last product adds directly to the residual stream.
    private readonly bool _addsDirectly = postNorm is null && scale == 1;

    /// <summary>Gets the widths of the activations that the body keeps for the backward pass.</summary>
    public IReadOnlyList<long> ActivationWidths => body.ActivationWidths;

    /// <summary>Gets the width of the residual stream.</summary>
    public long HiddenSize => hiddenSize;

    /// <summary>Gets the number of values that are kept for the backward pass for each token, without the branch's input.</summary>
    public long KeptWidth => body.KeptWidth + (postNorm is null ? 0 : hiddenSize);

    /// <summary>Creates the memory for the activations that the backward pass needs.</summary>
    public BranchActivations NewActivations(ScalarType dtype) => new(hiddenSize, body.ActivationWidths, dtype);

    /// <summary>The forward pass under autograd or in decoding, from (B, T, H) to the same shape.</summary>
    public Tensor Forward(Tensor x, AutogradPass pass)
    {
        var y = body.Forward(preNorm is null ? x : preNorm.call(x), pass);
        y = postNorm is null ? y : postNorm.call(y);
        return x.Add(scale == 1 ? y : y.Mul(scale));
    }

    /// <summary>The forward pass on the CPU, without autograd.</summary>
    /// <param name="x">The residual stream before the branch, (N, H).</param>
    /// <param name="y">Receives the stream after the branch, (N, H). It may be x itself; <see langword="null"/> to compute only the activations again.</param>
    /// <param name="kept">Receives the activations that the backward pass needs.</param>
    /// <param name="pass">The current pass.</param>
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
            CopyOf(x, y).Add_(branch, scale);
        }
    }

    /// <summary>Computes one token of each sequence on the CPU, in decoding.</summary>
    /// <param name="x">The residual stream, (rows, H), which is updated.</param>
    /// <param name="rows">The number of sequences.</param>
    /// <param name="pass">The current pass.</param>
    public unsafe void Decode(float* x, int rows, DecodePass pass)
    {
        using var memory = pass.Open();
        long count = rows * hiddenSize;
        float* input = preNorm is null ? x : preNorm.Decode(x, pass.Allocate(count), rows, pass);
        float* output = pass.Allocate(count);
        body.Decode(input, output, rows, pass);
        postNorm?.Decode(output, output, rows, pass);
        var stream = new Span<float>(x, (int)count);
        TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(output, (int)count), (float)scale, stream, stream);
    }

    /// <summary>Whether a parameter of the branch is trained.</summary>
    public bool IsTrained(CpuPass pass) => body.IsTrained(pass) || pass.IsTrained(preNorm?.Weight) || pass.IsTrained(postNorm?.Weight);

    /// <summary>The backward pass on the CPU: adds to the gradients of the trained parameters and computes the gradient of the stream before the branch.</summary>
    /// <param name="x">The residual stream before the branch, (N, H).</param>
    /// <param name="gradient">The gradient of the stream after the branch, (N, H). The gradient of the stream before the branch replaces it.</param>
    /// <param name="needsInputGradient">
    /// Whether anything before the branch is trained. If not, <paramref name="gradient"/> has no defined content afterwards.
    /// </param>
    /// <param name="kept">The activations of the forward pass. The backward pass may overwrite them.</param>
    /// <param name="pass">The current pass.</param>
    public void Backward(Tensor x, Tensor gradient, bool needsInputGradient, BranchActivations kept, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        using var memory = pass.Workspace.Open(pass.Tokens);
        var above = scale == 1 ? gradient : memory.Matrix(hiddenSize).copy_(gradient).Mul_(scale);
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
            gradient.Add_(inputGradient);
        }
        else
        {
            preNorm.Backward(x, inputGradient, gradient, add: true, pass);
        }
    }

    // Copies nothing if x and y are the same tensor.
    private static Tensor CopyOf(Tensor x, Tensor y) => ReferenceEquals(x, y) ? y : y.copy_(x);
}
