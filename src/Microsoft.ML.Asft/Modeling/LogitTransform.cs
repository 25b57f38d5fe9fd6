using Microsoft.ML.Asft.Native;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// The transform between the product of hidden states with the head and the softmax: <c>logits = hidden · HeadWeightᵀ / Divisor</c>,
/// then <c>SoftCap · tanh(logits / SoftCap)</c>.
/// Probabilities, cross-entropy and KL are computed from the transformed logits.
/// </summary>
public sealed record LogitTransform
{
    /// <summary>Gets the identity transform, which most models have.</summary>
    public static LogitTransform None { get; } = new();

    /// <summary>Gets the divisor of the logits, as in Granite (<c>logits_scaling</c>). The default value is 1.</summary>
    public double Divisor { get; init; } = 1;

    /// <summary>
    /// Gets the soft cap of the logits, as in Gemma 2 (<c>final_logit_softcapping</c>). The default value is <see langword="null"/>: no cap.
    /// </summary>
    public double? SoftCap { get; init; }

    /// <summary>Gets whether <see cref="Backward"/> needs the logits.</summary>
    internal bool NeedsLogits => SoftCap is not null;

    /// <summary>Transforms a product with the head in place.</summary>
    /// <returns><paramref name="product"/>.</returns>
    internal Tensor Apply(Tensor product)
    {
        var logits = Divisor == 1 ? product : product.Div_(Divisor);
        return SoftCap is { } cap ? logits.Div_(cap).tanh_().Mul_(cap) : logits;
    }

    /// <summary>The same for a product in an array.</summary>
    internal void Apply(Span<float> product)
    {
        if (Divisor != 1)
        {
            TensorPrimitives.Divide(product, (float)Divisor, product);
        }

        if (SoftCap is { } cap)
        {
            TensorPrimitives.Divide(product, (float)cap, product);
            TensorPrimitives.Tanh(product, product);
            TensorPrimitives.Multiply(product, (float)cap, product);
        }
    }

    /// <summary>Computes, in place, the gradient of the product with the head from the gradient of the logits.</summary>
    /// <param name="gradient">The gradient.</param>
    /// <param name="logits">The logits that <see cref="Apply(Tensor)"/> returned; <see langword="null"/> unless <see cref="NeedsLogits"/>.</param>
    /// <returns><paramref name="gradient"/>.</returns>
    internal Tensor Backward(Tensor gradient, Tensor? logits)
    {
        if (SoftCap is { } cap)
        {
            using var scope = NewDisposeScope();
            var tanh = logits!.Div(cap);
            gradient.mul_(tanh.mul(tanh).neg_().Add_(1));     // d tanh = 1 − tanh²
        }

        return Divisor == 1 ? gradient : gradient.Div_(Divisor);
    }
}
