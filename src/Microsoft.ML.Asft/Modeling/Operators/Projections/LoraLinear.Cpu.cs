using Microsoft.ML.Asft.Modeling.Execution;
using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Modeling.Operators.Dropout;
using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling.Operators.Projections;

// The passes on the CPU, without autograd, over packed sequences. DoRA runs only under autograd.
public sealed partial class LoraLinear
{
    /// <summary>The forward pass: y = x·Wᵀ + b + update.</summary>
    /// <param name="x">The input, (N, in).</param>
    /// <param name="y">Receives the output, (N, out).</param>
    /// <param name="add">Whether to add to <paramref name="y"/> instead of overwriting it.</param>
    /// <param name="pass">The current pass.</param>
    internal void Forward(Tensor x, Tensor y, bool add, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        if (_bias is not null)
        {
            _ = add ? y.Add_(_bias) : y.copy_(_bias.expand_as(y));
        }

        DenseProduct.Multiply(x, WeightFor(pass), y, add || _bias is not null);
        if (IsAdapted)
        {
            LowRankKernel.Expand(LowRank(x, pass), _loraB!.t().contiguous(), null, y);
        }
    }

    /// <summary>Whether a parameter of the projection is trained. If so, the backward pass needs its input.</summary>
    internal bool IsTrained(CpuPass pass) =>
        pass.IsTrained(_weight) || pass.IsTrained(_bias) || (IsAdapted && (pass.IsTrained(_loraA) || pass.IsTrained(_loraB)));

    /// <summary>The backward pass: adds to the gradients of the trained parameters and computes the gradient of the input.</summary>
    /// <param name="x">The input, (N, in). It is needed only if <see cref="IsTrained"/>.</param>
    /// <param name="outputGradient">The gradient of the output, (N, out).</param>
    /// <param name="inputGradient">Receives the gradient of the input, (N, in); <see langword="null"/> if it is not needed.</param>
    /// <param name="add">Whether to add to <paramref name="inputGradient"/> instead of overwriting it.</param>
    /// <param name="pass">The current pass.</param>
    internal void Backward(Tensor? x, Tensor outputGradient, Tensor? inputGradient, bool add, CpuPass pass)
    {
        using var scope = NewDisposeScope();
        if (inputGradient is not null)
        {
            DenseProduct.MultiplyTransposed(outputGradient, WeightFor(pass), inputGradient, add);
        }

        if (_weight is not null && pass.GradientOf(_weight) is { } weightGradient)
        {
            AddProduct(weightGradient, outputGradient.t(), x!);
        }

        if (_bias is not null && pass.GradientOf(_bias) is { } biasGradient)
        {
            biasGradient.Add_(outputGradient.sum([0], type: ScalarType.Float32));
        }

        if (IsAdapted)
        {
            BackwardUpdate(x, outputGradient, inputGradient, pass);
        }
    }

    // With z = s·x̃·Aᵀ and the update z·Bᵀ: dB = dyᵀ·z, dz = s·dy·B, dA = dzᵀ·x̃, dx̃ = dz·A.
    private void BackwardUpdate(Tensor? x, Tensor outputGradient, Tensor? inputGradient, CpuPass pass)
    {
        var mask = MaskOf(pass);
        var transposedB = _loraB!.t().contiguous();                                                         // (R, out)
        var lowRankGradient = empty([pass.Tokens, transposedB.shape[0]], ScalarType.Float32);               // (N, R)
        LowRankKernel.Project(outputGradient, transposedB, _scale, null, lowRankGradient);
        if (pass.GradientOf(_loraB) is { } gradientOfB)
        {
            var transposedGradient = zeros_like(transposedB);
            LowRankKernel.AddOuter(LowRank(x!, pass), outputGradient, null, transposedGradient);
            gradientOfB.Add_(transposedGradient.t());
        }

        if (pass.GradientOf(_loraA!) is { } gradientOfA)
        {
            LowRankKernel.AddOuter(lowRankGradient, x!, mask, gradientOfA);
        }

        if (inputGradient is not null)
        {
            LowRankKernel.Expand(lowRankGradient, _loraA!, mask, inputGradient);
        }
    }

    // Every projection expands its weight into the same memory, so the result is valid until the next call.
    private Tensor WeightFor(CpuPass pass)
    {
        if (_weight is not null)
        {
            return _weight;
        }

        var expanded = pass.Workspace.Weight(OutFeatures, InFeatures);
        _stored!.Expand(expanded);
        return expanded;
    }

    private Tensor LowRank(Tensor x, CpuPass pass)
    {
        var z = empty([pass.Tokens, _loraA!.shape[0]], ScalarType.Float32);
        LowRankKernel.Project(x, _loraA, _scale, MaskOf(pass), z);
        return z;
    }

    private DropoutMask? MaskOf(CpuPass pass) =>
        pass.IsTraining && _dropout > 0 ? new DropoutMask(pass.Sequences.RowKeys, DropoutSeed, _dropout) : null;

    private static void AddProduct(Tensor gradient, Tensor left, Tensor right)
    {
        if (right.dtype == gradient.dtype)
        {
            gradient.addmm_(left, right);
        }
        else
        {
            AccumulationKernel.Add(gradient, left.mm(right));
        }
    }
}
