using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Bench.TorchSharpPeer;

/// <summary>
/// The loss of ASFT (arXiv 2509.23753) over the whole vocabulary, as the official trainer computes it: the mean over labelled tokens of
/// sg[p(label)]·cross-entropy + λ·KL(reference‖model).
/// </summary>
internal static class AsftLoss
{
    private const long Ignored = -100;

    /// <param name="logits">The model's logits, (B, T, V).</param>
    /// <param name="reference">The reference's logits, (B, T, V).</param>
    /// <param name="labels">The label of each token, int64 (B, T); −100 for none. The logits of a token predict the label of the next one.</param>
    /// <param name="klWeight">λ.</param>
    public static Tensor Of(Tensor logits, Tensor reference, Tensor labels, double klWeight)
    {
        using var scope = NewDisposeScope();
        long length = labels.shape[1];
        (logits, reference, labels) = (logits.narrow(1, 0, length - 1), reference.narrow(1, 0, length - 1), labels.narrow(1, 1, length - 1));
        var crossEntropy = nn.functional.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), ignore_index: Ignored, reduction: nn.Reduction.None).view(labels.shape);    // (B, T − 1)
        Tensor weight;
        using (no_grad())
        {
            weight = nn.functional.softmax(logits, -1).gather(2, labels.clamp(min: 0).unsqueeze(2)).squeeze(2);
        }

        var kl = nn.functional.kl_div(
            nn.functional.log_softmax(logits, -1), nn.functional.log_softmax(reference, -1).exp(), log_target: false, reduction: nn.Reduction.None).sum(-1);
        var isLabelled = labels.ne(Ignored);
        return crossEntropy.mul(weight).add(kl.mul(klWeight)).masked_select(isLabelled).mean().MoveToOuterDisposeScope();
    }
}
