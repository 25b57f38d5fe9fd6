using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// The weight of iw-SFT, importance-weighted supervised fine-tuning (arXiv 2507.12856), as its authors' code computes it: for a whole sequence,
/// exp of the mean over its labelled tokens of log p − log q, at most 16. The reference q stands for the policy that the data came from.
/// </summary>
internal sealed class ImportanceWeight : TokenWeight
{
    public override bool IsOfSequences => true;

    public override bool NeedsReference => true;

    public override double DefaultMaximum => 16;

    public override Tensor LogOf(LabelledSequences sequences) =>
        sequences.Expand(sequences.Mean(sequences.LogProbabilities.sub(sequences.ReferenceLogProbabilities!)));
}
