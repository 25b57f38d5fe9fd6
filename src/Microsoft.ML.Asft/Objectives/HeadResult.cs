using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>Sums over the labelled tokens of one batch, and the gradient of their hidden states.</summary>
/// <param name="Loss">The sum of the objective.</param>
/// <param name="CrossEntropy">The sum of −log p(label).</param>
/// <param name="WeightedCrossEntropy">The sum of p(label)·(−log p(label)), DFT's loss.</param>
/// <param name="Kl">The sum of the divergence from the reference; NaN where the objective computes none.</param>
/// <param name="Correct">How often the label was the likeliest token.</param>
/// <param name="HiddenGradient">The gradient, of the shape and format of the hidden states; none when it was not asked for.</param>
internal sealed record HeadResult(
    double Loss, double CrossEntropy, double WeightedCrossEntropy, double Kl, long Correct, Tensor? HiddenGradient)
{
    /// <summary>The sums with those of further tokens, which count so much each. Correct ones are only counted.</summary>
    public HeadResult Plus(HeadResult other, double weight) => new(
        Loss + (weight * other.Loss), CrossEntropy + (weight * other.CrossEntropy),
        WeightedCrossEntropy + (weight * other.WeightedCrossEntropy), Kl + (weight * other.Kl), Correct + other.Correct, null);
}
