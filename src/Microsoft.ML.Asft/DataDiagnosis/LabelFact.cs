namespace Microsoft.ML.Asft.DataDiagnosis;

/// <summary>What the model says of one labelled token.</summary>
/// <param name="Label">The label's id.</param>
/// <param name="Likeliest">The id of the model's likeliest token.</param>
/// <param name="LogProbability">log p(label), in nats.</param>
/// <param name="LikeliestLogProbability">log p of the likeliest token.</param>
/// <param name="Entropy">−Σ p log p over the vocabulary: the mean of −log p(label) if the model were right about its own uncertainty.</param>
/// <param name="Variance">The variance of −log p under the model.</param>
/// <param name="GradientNorm">‖p − onehot(label)‖₂, the norm of the cross-entropy's gradient with respect to the logits.</param>
/// <param name="EntropyGate">The weight that EAFT gives the token.</param>
internal readonly record struct LabelFact(
    int Label, int Likeliest, float LogProbability, float LikeliestLogProbability, float Entropy, float Variance, float GradientNorm, float EntropyGate)
{
    /// <summary>Gets p(label).</summary>
    public double Probability => Math.Exp(LogProbability);
}
