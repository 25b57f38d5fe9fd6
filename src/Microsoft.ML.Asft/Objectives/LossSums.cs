using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>Sums over labelled tokens.</summary>
/// <param name="Loss">The sum of the objective's loss.</param>
/// <param name="CrossEntropy">The sum of −log p(label).</param>
/// <param name="WeightedCrossEntropy">The sum of p(label)·(−log p(label)), DFT's loss.</param>
/// <param name="Kl">The sum of the KL divergence from the reference; NaN if the objective does not compute it.</param>
/// <param name="Correct">The number of tokens whose label was the most likely token.</param>
internal readonly record struct LossSums(double Loss, double CrossEntropy, double WeightedCrossEntropy, double Kl, long Correct)
{
    public static LossSums operator +(LossSums left, LossSums right) => new(
        left.Loss + right.Loss, left.CrossEntropy + right.CrossEntropy, left.WeightedCrossEntropy + right.WeightedCrossEntropy,
        left.Kl + right.Kl, left.Correct + right.Correct);

    /// <summary>Multiplies the sums by a weight. The number of correct tokens does not change.</summary>
    public LossSums Times(double weight) =>
        new(weight * Loss, weight * CrossEntropy, weight * WeightedCrossEntropy, weight * Kl, Correct);

    /// <summary>Reads sums from a device, float64 (5) in the order of the parameters. It waits for the device.</summary>
    public static LossSums Read(Tensor onDevice)
    {
        using var scope = NewDisposeScope();
        double[] sums = [.. onDevice.cpu().data<double>()];
        return new LossSums(sums[0], sums[1], sums[2], sums[3], (long)sums[4]);
    }
}
