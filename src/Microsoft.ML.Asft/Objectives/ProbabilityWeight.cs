using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// The label's probability: the weight of DFT (arXiv 2508.05629) and ASFT (arXiv 2509.23753). With the exponent 0 it is the weight of SFT.
/// </summary>
internal sealed class ProbabilityWeight : TokenWeight
{
    public override Tensor LogOf(Tensor logProbabilities, Tensor labelLogProbabilities) => labelLogProbabilities;

    public override unsafe float LogOf<T>(T* logits, long vocabulary, float labelLogProbability) => labelLogProbability;
}
