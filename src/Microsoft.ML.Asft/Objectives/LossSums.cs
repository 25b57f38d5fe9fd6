namespace Microsoft.ML.Asft.Objectives;

/// <summary>Sums over labelled tokens.</summary>
/// <param name="Loss">Of the objective.</param>
/// <param name="CrossEntropy">Of −log p(label).</param>
/// <param name="WeightedCrossEntropy">Of p(label)·(−log p(label)), DFT's loss.</param>
/// <param name="Kl">Of the divergence from the reference; NaN where the objective computes none.</param>
/// <param name="Correct">How often the label was the likeliest token.</param>
internal readonly record struct LossSums(double Loss, double CrossEntropy, double WeightedCrossEntropy, double Kl, long Correct)
{
    public static LossSums operator +(LossSums left, LossSums right) => new(
        left.Loss + right.Loss, left.CrossEntropy + right.CrossEntropy, left.WeightedCrossEntropy + right.WeightedCrossEntropy,
        left.Kl + right.Kl, left.Correct + right.Correct);

    /// <summary>The sums with every token counting so much; correct ones are only counted.</summary>
    public LossSums Times(double weight) =>
        new(weight * Loss, weight * CrossEntropy, weight * WeightedCrossEntropy, weight * Kl, Correct);
}
