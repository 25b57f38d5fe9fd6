using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// What a model does to the product of its hidden states and its head before that is softmaxed: <c>logits = hidden · HeadWeightᵀ / Divisor</c>,
/// then <c>SoftCap · tanh(logits / SoftCap)</c>.
/// Probabilities, cross-entropy and KL are of the logits that come out.
/// </summary>
public sealed record LogitTransform
{
    /// <summary>Gets the transform that changes nothing, which most models have.</summary>
    public static LogitTransform None { get; } = new();

    /// <summary>Gets what logits are divided by, as Granite divides them (<c>logits_scaling</c>). The default value is 1.</summary>
    public double Divisor { get; init; } = 1;

    /// <summary>
    /// Gets the bound that logits are kept within, as Gemma 2 does (<c>final_logit_softcapping</c>); <see langword="null"/>, the default, for none.
    /// </summary>
    public double? SoftCap { get; init; }

    /// <summary>Gets whether <see cref="Backward"/> wants the logits.</summary>
    internal bool NeedsLogits => SoftCap is not null;

    /// <summary>Transforms a product with the head in place.</summary>
    /// <returns><paramref name="product"/>.</returns>
    internal Tensor Apply(Tensor product)
    {
        var logits = Divisor == 1 ? product : product.div_(Divisor);
        return SoftCap is { } cap ? logits.div_(cap).tanh_().mul_(cap) : logits;
    }

    /// <summary>Turns, in place, the gradient of the logits into that of the product with the head.</summary>
    /// <param name="gradient">The gradient.</param>
    /// <param name="logits">What <see cref="Apply"/> made; none unless <see cref="NeedsLogits"/>.</param>
    /// <returns><paramref name="gradient"/>.</returns>
    internal Tensor Backward(Tensor gradient, Tensor? logits)
    {
        if (SoftCap is { } cap)
        {
            using var scope = NewDisposeScope();
            var tanh = logits!.div(cap);
            gradient.mul_(tanh.mul(tanh).neg_().add_(1));     // d tanh = 1 − tanh²
        }

        return Divisor == 1 ? gradient : gradient.div_(Divisor);
    }
}
