using Microsoft.ML.Asft.Modeling.Kernels;
using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// What a built-in objective multiplies a token's cross-entropy by: g^α, held constant where the gradient is taken. A weight says what log g is, for
/// tensors of any device and for one row of logits on the CPU; <see cref="AnchoredObjective"/> has all that objectives share.
/// </summary>
internal abstract class TokenWeight
{
    /// <summary>Gets whether g belongs to a sequence and not to a token.</summary>
    public virtual bool IsOfSequences => false;

    /// <summary>Gets whether g depends on the reference model.</summary>
    public virtual bool NeedsReference => false;

    /// <summary>Gets what g^α is clipped to unless the options say otherwise.</summary>
    public virtual double DefaultMaximum => double.PositiveInfinity;

    /// <summary>log g of tokens.</summary>
    /// <param name="logProbabilities">The model's, (R, V).</param>
    /// <param name="labelLogProbabilities">Those of the labels, (R, 1).</param>
    /// <returns>(R, 1).</returns>
    public virtual Tensor LogOf(Tensor logProbabilities, Tensor labelLogProbabilities) => zeros_like(labelLogProbabilities);

    /// <summary>log g of a token.</summary>
    /// <param name="logits">Of the whole vocabulary.</param>
    /// <param name="vocabulary">Its size.</param>
    /// <param name="labelLogProbability">Of the label.</param>
    public virtual unsafe float LogOf<T>(T* logits, long vocabulary, float labelLogProbability)
        where T : unmanaged, IElement<T> => 0;

    /// <summary>log g of each token, where it belongs to its sequence.</summary>
    /// <returns>(N).</returns>
    public virtual Tensor LogOf(LabelledSequences sequences) => zeros_like(sequences.LogProbabilities);
}
