using Microsoft.ML.Asft.Objectives;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Outsider.Tests;

/// <summary>Cross-entropy of which each row has an equal share, however long it is: a token's weight is 1 / the labels of its row.</summary>
internal sealed class RowMeanLoss : TokenObjective
{
    public override bool NeedsReference => false;

    public override bool NeedsSequences => true;

    public override Tensor WeighTokens(LabelledSequences sequences) =>
        sequences.Expand(sequences.Sum(ones_like(sequences.LogProbabilities)).reciprocal());

    public override TokenLosses Evaluate(Tensor logProbabilities, Tensor? referenceLogProbabilities, Tensor labels)
    {
        var label = labels.unsqueeze(1);
        var loss = logProbabilities.gather(1, label).neg();
        logProbabilities.exp_().scatter_add_(1, label, ones_like(loss).neg());    // p − onehot
        return new TokenLosses(loss.squeeze(1));
    }
}
