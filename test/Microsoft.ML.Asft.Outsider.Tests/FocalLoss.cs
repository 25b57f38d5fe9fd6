using Microsoft.ML.Asft.Objectives;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Outsider.Tests;

/// <summary>Focal loss, −(1 − p)²·log p (arXiv 1708.02002): what the model knows already counts for little.</summary>
internal sealed class FocalLoss : TokenObjective
{
    public override bool NeedsReference => false;

    public override TokenLosses Evaluate(Tensor logProbabilities, Tensor? referenceLogProbabilities, Tensor labels)
    {
        var label = labels.unsqueeze(1);
        var logP = logProbabilities.gather(1, label);
        var rest = logP.exp().neg().add(1);                                       // 1 − p
        var loss = rest.square().mul(logP).neg();
        var slope = rest.mul(logP).mul(logP.exp()).mul(2).sub(rest.square());     // dLoss/dlog p
        logProbabilities.exp_().mul_(slope.neg()).scatter_add_(1, label, slope);  // g − p·Σg
        return new TokenLosses(loss.squeeze(1));
    }
}
