using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// The weight of iw-SFT, importance-weighted supervised fine-tuning (arXiv 2507.12856), as in its authors' code. A whole sequence has one weight:
/// exp of the mean of log p − log q over its labelled tokens, at most 16. The reference q takes the place of the policy that generated the data.
/// </summary>
internal sealed class ImportanceWeight : TokenWeight
{
    public override bool IsPerSequence => true;

    public override bool NeedsReference => true;

    public override double DefaultMaximum => 16;

    public override Tensor LogOf(LabelledSequences sequences) =>
        sequences.Expand(sequences.Mean(sequences.LogProbabilities.sub(sequences.ReferenceLogProbabilities!)));
}
