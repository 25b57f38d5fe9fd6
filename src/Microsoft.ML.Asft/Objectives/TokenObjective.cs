using static TorchSharp.torch;

namespace Microsoft.ML.Asft.Objectives;

/// <summary>
/// A loss over next-token distributions. Derive from it to train with your own loss: say whether it needs the
/// reference, and compute each token's loss and the gradient of the logits.
/// </summary>
/// <remarks>
/// The gradient is computed in closed form, so that there is no autograd graph over the vocabulary. For a loss
/// <c>f(log p)</c> it is <c>g − p·Σg</c> with <c>g = ∂f/∂log p</c>. Implementations hold no state, so one object may serve several runs.
/// </remarks>
public abstract class TokenObjective
{
    /// <summary>Gets whether <see cref="Evaluate"/> needs the reference's log-probabilities. They cost a second forward pass.</summary>
    public abstract bool NeedsReference { get; }

    /// <summary>
    /// Gets whether the weight of a token depends on its whole sequence. Then <see cref="WeighTokens"/> is called first, which costs a second product
    /// with the head. <see cref="Evaluate"/> gets chunks of tokens that may begin or end within a sequence.
    /// </summary>
    public virtual bool NeedsSequences => false;

    /// <summary>Returns the objective for an optimizer step. Override it for an objective that changes during training.</summary>
    /// <param name="step">The number of the step, from 0.</param>
    /// <returns>This objective, unless overridden. <see cref="NeedsReference"/> must not depend on the step.</returns>
    public virtual TokenObjective AtStep(int step) => this;

    /// <summary>Computes the weights of the tokens of whole sequences. It is called only if <see cref="NeedsSequences"/>.</summary>
    /// <param name="sequences">The sequences of a batch, or some of them. Each is complete.</param>
    /// <returns>
    /// The weight of each token, (N). The token's loss and gradient from <see cref="Evaluate"/> are multiplied by it. No gradient flows through weights.
    /// </returns>
    public virtual Tensor WeighTokens(LabelledSequences sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        return ones_like(sequences.LogProbabilities);
    }

    /// <summary>Computes the loss of each labelled token and, in place, its gradient.</summary>
    /// <param name="logProbabilities">
    /// The model's log-probabilities, float32 of shape (R, V). The method replaces them with the gradient of each row's loss with
    /// respect to the row's logits.
    /// </param>
    /// <param name="referenceLogProbabilities">
    /// The reference's log-probabilities, float32 of shape (R, V), which the method may overwrite; <see langword="null"/> unless
    /// <see cref="NeedsReference"/>.
    /// </param>
    /// <param name="labels">The labels, int64 of shape (R), each from 0 to V − 1.</param>
    /// <returns>The losses of the R tokens. The caller has switched off autograd, and disposes temporary tensors with a dispose scope.</returns>
    public abstract TokenLosses Evaluate(Tensor logProbabilities, Tensor? referenceLogProbabilities, Tensor labels);
}
