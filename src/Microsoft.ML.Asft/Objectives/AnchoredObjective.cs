using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// The four built-in objectives: w·(−log p(y)) + λ·KL, with w = sg[p(y)]^α. Its gradient with respect to the logits is
/// w·(p − onehot(y)) + λ·(p − q) for forward KL; for reverse KL the last term is λ·p·(log p − log q − KL).
/// </summary>
/// <param name="weightExponent">α: 0 weighs every token alike, 1 by its probability.</param>
/// <param name="klWeight">λ.</param>
/// <param name="direction">Of the KL divergence.</param>
/// <param name="warmStartSteps">Steps over which α rises linearly from 0.</param>
internal sealed class AnchoredObjective(double weightExponent, double klWeight, KlDirection direction, int warmStartSteps = 0) : TokenObjective
{
    /// <summary>Gets α.</summary>
    public double WeightExponent => weightExponent;

    /// <summary>Gets λ.</summary>
    public double KlWeight => klWeight;

    /// <summary>Gets the direction of the anchor's divergence.</summary>
    public KlDirection Direction => direction;

    public override bool NeedsReference => klWeight > 0;

    /// <summary>The objective that the options describe, their own <see cref="LossOptions.TokenObjective"/> aside.</summary>
    public static AnchoredObjective For(AsftOptions options)
    {
        var named = For(options.Objective, options.KlWeight, options.Loss.KlDirection);
        return new(options.Loss.WeightExponent ?? named.WeightExponent, named.KlWeight, named.Direction, options.Loss.WarmStartSteps);
    }

    /// <summary>An objective by its name.</summary>
    public static AnchoredObjective For(AsftObjective objective, double klWeight, KlDirection direction) => objective switch
    {
        AsftObjective.Sft => new(0, 0, direction),
        AsftObjective.Dft => new(1, 0, direction),
        AsftObjective.SftKl => new(0, klWeight, direction),
        AsftObjective.Asft => new(1, klWeight, direction),
        _ => throw new ArgumentOutOfRangeException(nameof(objective), objective, "There is no such objective."),
    };

    /// <inheritdoc/>
    public override TokenObjective AtStep(int step) =>
        step >= warmStartSteps ? this : new AnchoredObjective(weightExponent * step / warmStartSteps, klWeight, direction);

    /// <summary>The weight of a token.</summary>
    /// <param name="logProbability">Of its label.</param>
    public float WeightOf(float logProbability) => MathF.Exp((float)weightExponent * logProbability);

    public override TokenLosses Evaluate(Tensor logProbabilities, Tensor? referenceLogProbabilities, Tensor labels)
    {
        var label = labels.unsqueeze(1);                                          // (R, 1)
        var labelLogProbability = logProbabilities.gather(1, label);              // (R, 1)
        var weight = labelLogProbability.mul(weightExponent).exp();
        var loss = labelLogProbability.mul(weight).neg_();
        if (referenceLogProbabilities is null)
        {
            logProbabilities.exp_().mul_(weight).scatter_add_(1, label, weight.neg());
            return new TokenLosses(loss.squeeze(1));
        }

        var kl = direction == KlDirection.Forward
            ? AddForwardAnchor(logProbabilities, referenceLogProbabilities, weight)
            : AddReverseAnchor(logProbabilities, referenceLogProbabilities, weight);
        logProbabilities.scatter_add_(1, label, weight.neg());
        return new TokenLosses(loss.add_(kl, klWeight).squeeze(1), kl.squeeze(1));
    }

    // KL = Σ q·(log q − log p); leaves (w + λ)·p − λ·q.
    private Tensor AddForwardAnchor(Tensor logP, Tensor logQ, Tensor weight)
    {
        var q = logQ.exp();
        var kl = logQ.sub_(logP).mul_(q).sum(1, keepdim: true);                   // (R, 1)
        logP.exp_().mul_(weight.add(klWeight)).add_(q, -klWeight);
        return kl;
    }

    // KL = Σ p·(log p − log q); leaves p·(w + λ·(log p − log q − KL)).
    private Tensor AddReverseAnchor(Tensor logP, Tensor logQ, Tensor weight)
    {
        var ratio = logQ.neg_().add_(logP);
        var p = logP.exp_();
        var kl = ratio.mul(p).sum(1, keepdim: true);                              // (R, 1)
        p.mul_(ratio.sub_(kl).mul_(klWeight).add_(weight));
        return kl;
    }
}
