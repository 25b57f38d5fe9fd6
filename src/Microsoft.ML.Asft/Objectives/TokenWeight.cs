using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// Computes log g. A built-in objective multiplies a token's cross-entropy by g^α, through which no gradient flows. There are two forms: for
/// tensors on any device, and for one row of logits on the CPU. <see cref="AnchoredObjective"/> has what all objectives share.
/// </summary>
internal abstract class TokenWeight
{
    /// <summary>Gets whether all tokens of a sequence have the same g.</summary>
    public virtual bool IsPerSequence => false;

    /// <summary>Gets whether g depends on the reference model.</summary>
    public virtual bool NeedsReference => false;

    /// <summary>Gets the maximum that g^α is clipped to, unless <see cref="Options.LossOptions.WeightClipMax"/> is set.</summary>
    public virtual double DefaultMaximum => double.PositiveInfinity;

    /// <summary>Computes log g for tokens.</summary>
    /// <param name="logProbabilities">The model's log-probabilities, (R, V).</param>
    /// <param name="labelLogProbabilities">The log-probabilities of the labels, (R, 1).</param>
    /// <returns>log g, (R, 1).</returns>
    public virtual Tensor LogOf(Tensor logProbabilities, Tensor labelLogProbabilities) => zeros_like(labelLogProbabilities);

    /// <summary>Computes log g for one token.</summary>
    /// <param name="logits">The logits of the token, (V).</param>
    /// <param name="vocabulary">The size of the vocabulary, V.</param>
    /// <param name="labelLogProbability">The log-probability of the label.</param>
    public virtual unsafe float LogOf<T>(T* logits, long vocabulary, float labelLogProbability)
        where T : unmanaged, IElement<T> => 0;

    /// <summary>Computes log g for the tokens of whole sequences, if <see cref="IsPerSequence"/>.</summary>
    /// <returns>log g of each token, (N).</returns>
    public virtual Tensor LogOf(LabelledSequences sequences) => zeros_like(sequences.LogProbabilities);
}
