using Microsoft.ML.Asft.Modeling.Kernels;
using Microsoft.ML.Asft.Native;
using Microsoft.ML.Asft.Options;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// The built-in objectives: w·(−log p(y)) + λ·KL, where w = sg[g^α] is clipped to a range and a <see cref="TokenWeight"/> computes g. The gradient
/// with respect to the logits is w·(p − onehot(y)) + λ·(p − q) for forward KL. For reverse KL the last term is λ·p·(log p − log q − KL).
/// </summary>
/// <param name="weight">Computes g.</param>
/// <param name="weightExponent">α: with 0 every token has the weight 1.</param>
/// <param name="klWeight">λ.</param>
/// <param name="direction">The direction of the KL divergence.</param>
/// <param name="weightRange">The range that w is clipped to.</param>
/// <param name="warmStartSteps">The number of steps over which α rises linearly from 0.</param>
internal sealed class AnchoredObjective(
    TokenWeight weight, double weightExponent, double klWeight, KlDirection direction, (double Minimum, double Maximum) weightRange, int warmStartSteps = 0)
    : TokenObjective
{
    private readonly bool _weighsTokens = weightExponent != 0 && !weight.IsPerSequence;
    private readonly bool _isClipped = weightRange.Minimum > 0 || !double.IsPositiveInfinity(weightRange.Maximum);

    /// <summary>Gets α.</summary>
    public double WeightExponent => weightExponent;

    /// <summary>Gets the range that w is clipped to.</summary>
    public (double Minimum, double Maximum) WeightRange => weightRange;

    /// <summary>Gets λ.</summary>
    public double KlWeight => klWeight;

    /// <summary>Gets the direction of the KL divergence.</summary>
    public KlDirection Direction => direction;

    public override bool NeedsReference => klWeight > 0 || weight.NeedsReference;

    public override bool NeedsSequences => weight.IsPerSequence && weightExponent != 0;

    /// <summary>The built-in objective that the options describe. It ignores <see cref="LossOptions.TokenObjective"/>.</summary>
    public static AnchoredObjective For(AsftOptions options)
    {
        var loss = options.Loss;
        var (weight, exponent, isAnchored) = Named(options.Objective);
        return new(
            weight, loss.WeightExponent ?? exponent, isAnchored ? options.KlWeight : 0, loss.KlDirection,
            (loss.WeightClipMin ?? 0, loss.WeightClipMax ?? weight.DefaultMaximum), loss.WarmStartSteps);
    }

    /// <summary>A built-in objective, with the default options otherwise.</summary>
    public static AnchoredObjective For(AsftObjective objective, double klWeight, KlDirection direction) =>
        For(new AsftOptions { Objective = objective, KlWeight = klWeight, Loss = { KlDirection = direction } });

    /// <inheritdoc/>
    public override TokenObjective AtStep(int step) => step >= warmStartSteps ? this
        : new AnchoredObjective(weight, weightExponent * step / warmStartSteps, klWeight, direction, weightRange);

    /// <summary>The weight w of a token; 1 for an objective that weighs whole sequences.</summary>
    /// <param name="logits">The logits of the token, (V).</param>
    /// <param name="vocabulary">The size of the vocabulary, V.</param>
    /// <param name="labelLogProbability">The log-probability of the label.</param>
    public unsafe float WeightOf<T>(T* logits, long vocabulary, float labelLogProbability)
        where T : unmanaged, IElement<T>
    {
        float value = _weighsTokens ? MathF.Exp((float)weightExponent * weight.LogOf(logits, vocabulary, labelLogProbability)) : 1;
        return _isClipped && !NeedsSequences ? Math.Clamp(value, (float)weightRange.Minimum, (float)weightRange.Maximum) : value;
    }

    public override Tensor WeighTokens(LabelledSequences sequences) => Clip(weight.LogOf(sequences).Mul(weightExponent).exp_());

    /// <summary>The loss computed from the sums that every head returns; <see langword="null"/> if those sums do not determine it.</summary>
    public double? LossOf(LossSums sums) => weight is not ProbabilityWeight || _isClipped ? null : weightExponent switch
    {
        0 => sums.CrossEntropy + Anchor(sums),
        1 => sums.WeightedCrossEntropy + Anchor(sums),
        _ => null,
    };

    public override TokenLosses Evaluate(Tensor logProbabilities, Tensor? referenceLogProbabilities, Tensor labels)
    {
        var label = labels.unsqueeze(1);                                          // (R, 1)
        var labelLogProbability = logProbabilities.gather(1, label);              // (R, 1)
        var factor = _weighsTokens ? weight.LogOf(logProbabilities, labelLogProbability).Mul(weightExponent).exp_() : ones_like(labelLogProbability);
        factor = NeedsSequences ? factor : Clip(factor);
        var loss = labelLogProbability.mul(factor).neg_();
        if (referenceLogProbabilities is null)
        {
            logProbabilities.exp_().mul_(factor).scatter_add_(1, label, factor.neg());
            return new TokenLosses(loss.squeeze(1));
        }

        var kl = direction == KlDirection.Forward
            ? AddForwardAnchor(logProbabilities, referenceLogProbabilities, factor)
            : AddReverseAnchor(logProbabilities, referenceLogProbabilities, factor);
        logProbabilities.scatter_add_(1, label, factor.neg());
        return new TokenLosses(loss.Add_(kl, klWeight).squeeze(1), kl.squeeze(1));
    }

    // A new built-in objective needs a line here, a value of AsftObjective, and a TokenWeight if it weighs tokens in a new way.
    private static (TokenWeight Weight, double Exponent, bool IsAnchored) Named(AsftObjective objective) => objective switch
    {
        AsftObjective.Sft => (new ProbabilityWeight(), 0, false),
        AsftObjective.Dft => (new ProbabilityWeight(), 1, false),
        AsftObjective.SftKl => (new ProbabilityWeight(), 0, true),
        AsftObjective.Asft => (new ProbabilityWeight(), 1, true),
        AsftObjective.IwSft => (new ImportanceWeight(), 1, false),
        AsftObjective.Eaft => (new EntropyWeight(), 1, false),
        _ => throw new ArgumentOutOfRangeException(nameof(objective), objective, "There is no such objective."),
    };

    private double Anchor(LossSums sums) => klWeight > 0 ? klWeight * sums.Kl : 0;

    private Tensor Clip(Tensor weights) => _isClipped ? weights.Clamp_(weightRange.Minimum, weightRange.Maximum) : weights;

    // Returns KL = Σ q·(log q − log p). Replaces logP with (w + λ)·p − λ·q.
    private Tensor AddForwardAnchor(Tensor logP, Tensor logQ, Tensor weight)
    {
        var q = logQ.exp();
        var kl = logQ.sub_(logP).mul_(q).sum(1, keepdim: true);                   // (R, 1)
        logP.exp_().mul_(weight.Add(klWeight)).Add_(q, -klWeight);
        return kl;
    }

    // Returns KL = Σ p·(log p − log q). Replaces logP with p·(w + λ·(log p − log q − KL)).
    private Tensor AddReverseAnchor(Tensor logP, Tensor logQ, Tensor weight)
    {
        var ratio = logQ.neg_().Add_(logP);
        var p = logP.exp_();
        var kl = ratio.mul(p).sum(1, keepdim: true);                              // (R, 1)
        p.mul_(ratio.sub_(kl).Mul_(klWeight).Add_(weight));
        return kl;
    }
}
