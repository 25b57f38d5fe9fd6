using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Modeling;

/// <summary>
/// What a model does to the product of its hidden states and its head before that is softmaxed: <c>logits = hidden · HeadWeightᵀ / Divisor</c>.
/// Probabilities, cross-entropy and KL are of the logits that come out.
/// </summary>
public sealed record LogitTransform
{
    /// <summary>Gets the transform that changes nothing, which most models have.</summary>
    public static LogitTransform None { get; } = new();

    /// <summary>Gets what logits are divided by, as Granite divides them (<c>logits_scaling</c>). The default value is 1.</summary>
    public double Divisor { get; init; } = 1;

    /// <summary>Transforms a product with the head in place.</summary>
    /// <returns><paramref name="product"/>.</returns>
    internal Tensor Apply(Tensor product) => Divisor == 1 ? product : product.div_(Divisor);

    /// <summary>Turns, in place, the gradient of the logits into that of the product with the head.</summary>
    /// <returns><paramref name="gradient"/>.</returns>
    internal Tensor Backward(Tensor gradient) => Divisor == 1 ? gradient : gradient.div_(Divisor);
}
