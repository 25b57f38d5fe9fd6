namespace Microsoft.ML.Asft.Objectives;

/// <summary>Sums over rows of logits; the terms are those of <see cref="HeadResult"/>.</summary>
internal readonly record struct RowSums(double Loss, double CrossEntropy, double WeightedCrossEntropy, double Kl, long Correct)
{
    public static RowSums operator +(RowSums left, RowSums right) => new(
        left.Loss + right.Loss, left.CrossEntropy + right.CrossEntropy, left.WeightedCrossEntropy + right.WeightedCrossEntropy,
        left.Kl + right.Kl, left.Correct + right.Correct);
}
