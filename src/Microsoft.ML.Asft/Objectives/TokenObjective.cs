using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// A loss over next-token distributions. Derive from it to train with a loss of your own: say whether it needs the
/// reference, and compute each token's loss and the gradient of the logits.
/// </summary>
/// <remarks>
/// The gradient is asked for in closed form, so that no autograd graph over the vocabulary is ever kept: for a loss
/// <c>f(log p)</c> it is <c>g − p·Σg</c> with <c>g = ∂f/∂log p</c>. Implementations hold no state and may be shared.
/// </remarks>
public abstract class TokenObjective
{
    /// <summary>Gets whether <see cref="Evaluate"/> wants the reference's log-probabilities; they cost a second forward pass.</summary>
    public abstract bool NeedsReference { get; }

    /// <summary>
    /// Gets whether the weight of a token depends on its whole sequence, so that <see cref="WeighTokens"/> is asked first; that costs a second product
    /// with the head. <see cref="Evaluate"/> sees a chunk of tokens, wherever sequences begin and end.
    /// </summary>
    public virtual bool NeedsSequences => false;

    /// <summary>The objective of an optimizer step, for one that changes during training.</summary>
    /// <param name="step">Steps done before, from 0.</param>
    /// <returns>This one, unless overridden. Whether it needs the reference must not depend on the step.</returns>
    public virtual TokenObjective AtStep(int step) => this;

    /// <summary>Weighs the tokens of whole sequences. Called only where <see cref="NeedsSequences"/>.</summary>
    /// <param name="sequences">The sequences of a batch, or of a part of it; never a part of one.</param>
    /// <returns>
    /// What the loss and the gradient that <see cref="Evaluate"/> finds for each token are multiplied by, (N): constants where the gradient is taken.
    /// </returns>
    public virtual Tensor WeighTokens(LabelledSequences sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        return ones_like(sequences.LogProbabilities);
    }

    /// <summary>Computes the loss of each labelled token and, in place, its gradient.</summary>
    /// <param name="logProbabilities">
    /// The model's log-probabilities, float32 of shape (R, V). On return it holds the gradient of each row's loss with respect
    /// to the row's logits.
    /// </param>
    /// <param name="referenceLogProbabilities">
    /// The reference's log-probabilities, float32 of shape (R, V), free to be overwritten; <see langword="null"/> unless
    /// <see cref="NeedsReference"/>.
    /// </param>
    /// <param name="labels">The labels, int64 of shape (R), each from 0 to V − 1.</param>
    /// <returns>The losses of the R tokens; called without gradients being recorded and within a dispose scope.</returns>
    public abstract TokenLosses Evaluate(Tensor logProbabilities, Tensor? referenceLogProbabilities, Tensor labels);
}
