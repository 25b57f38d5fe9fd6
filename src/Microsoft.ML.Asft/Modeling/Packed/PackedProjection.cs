using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>A <see cref="LoraLinear"/> over packed sequences, and its gradients.</summary>
internal sealed class PackedProjection(LoraLinear layer)
{
    public long OutFeatures => layer.OutFeatures;

    /// <summary>y = x·Wᵀ + b + update, or y += it.</summary>
    /// <param name="x">(N, in).</param>
    /// <param name="y">(N, out).</param>
    /// <param name="add">Whether y is added to.</param>
    /// <param name="context">What the pass shares.</param>
    public void Forward(Tensor x, Tensor y, bool add, PackedContext context)
    {
        using var scope = NewDisposeScope();
        if (layer.Bias is { } bias)
        {
            _ = add ? y.add_(bias) : y.copy_(bias.expand_as(y));
        }

        y.addmm_(x, layer.Weight.t(), beta: add || layer.Bias is not null ? 1 : 0);
        if (layer.IsAdapted)
        {
            context.Kernels.Expand(LowRank(x, context), layer.LoraB!.t().contiguous(), null, y);
        }
    }

    /// <summary>Says whether anything of the projection is trained, so that its input is needed again.</summary>
    public bool IsTrained(Func<Tensor, Tensor?> gradientOf) => Parameters().Any(p => gradientOf(p) is not null);

    /// <summary>Adds to the gradients of what is trained, and sets or adds to that of the input.</summary>
    /// <param name="x">The input, (N, in); needed where something is trained.</param>
    /// <param name="outputGradient">(N, out).</param>
    /// <param name="inputGradient">(N, in); none where nobody asks for it.</param>
    /// <param name="add">Whether it is added to.</param>
    /// <param name="gradientOf">The float32 gradient of a parameter; none where it is frozen.</param>
    /// <param name="context">What the pass shares.</param>
    public void Backward(
        Tensor? x, Tensor outputGradient, Tensor? inputGradient, bool add, Func<Tensor, Tensor?> gradientOf, PackedContext context)
    {
        using var scope = NewDisposeScope();
        inputGradient?.addmm_(outputGradient, layer.Weight, beta: add ? 1 : 0);
        if (gradientOf(layer.Weight) is { } weightGradient)
        {
            AddProduct(weightGradient, outputGradient.t(), x!, context);
        }

        if (layer.Bias is { } bias && gradientOf(bias) is { } biasGradient)
        {
            biasGradient.add_(outputGradient.sum([0], type: ScalarType.Float32));
        }

        if (layer.IsAdapted)
        {
            BackwardUpdate(x, outputGradient, inputGradient, gradientOf, context);
        }
    }

    // With z = s·x̃·Aᵀ and the update z·Bᵀ: dB = dyᵀ·z, dz = s·dy·B, dA = dzᵀ·x̃, dx̃ = dz·A.
    private void BackwardUpdate(
        Tensor? x, Tensor outputGradient, Tensor? inputGradient, Func<Tensor, Tensor?> gradientOf, PackedContext context)
    {
        var kernels = context.Kernels;
        var mask = MaskOf(context);
        var transposedB = layer.LoraB!.t().contiguous();                                                    // (R, out)
        var lowRankGradient = empty([context.Tokens, transposedB.shape[0]], ScalarType.Float32);            // (N, R)
        kernels.Project(outputGradient, transposedB, layer.Scale, null, lowRankGradient);
        if (gradientOf(layer.LoraB!) is { } gradientOfB)
        {
            var transposedGradient = zeros_like(transposedB);
            kernels.AddOuter(LowRank(x!, context), outputGradient, null, transposedGradient);
            gradientOfB.add_(transposedGradient.t());
        }

        if (gradientOf(layer.LoraA!) is { } gradientOfA)
        {
            kernels.AddOuter(lowRankGradient, x!, mask, gradientOfA);
        }

        if (inputGradient is not null)
        {
            kernels.Expand(lowRankGradient, layer.LoraA!, mask, inputGradient);
        }
    }

    private Tensor LowRank(Tensor x, PackedContext context)
    {
        var z = empty([context.Tokens, layer.LoraA!.shape[0]], ScalarType.Float32);
        context.Kernels.Project(x, layer.LoraA, layer.Scale, MaskOf(context), z);
        return z;
    }

    private DropoutMask? MaskOf(PackedContext context) =>
        context.IsTraining && layer.Dropout > 0 ? new DropoutMask(context.Sequences.RowKeys, layer.DropoutSalt, layer.Dropout) : null;

    private IEnumerable<Tensor> Parameters()
    {
        yield return layer.Weight;
        if (layer.Bias is not null)
        {
            yield return layer.Bias;
        }

        if (layer.IsAdapted)
        {
            yield return layer.LoraA!;
            yield return layer.LoraB!;
        }
    }

    private static void AddProduct(Tensor gradient, Tensor left, Tensor right, PackedContext context)
    {
        if (right.dtype == gradient.dtype)
        {
            gradient.addmm_(left, right);
        }
        else
        {
            context.Kernels.AddTo(gradient, left.mm(right));
        }
    }
}
