namespace Microsoft.ML.Asft.Scoring;

/// <summary>How a model and its reference predict the labels of one example; each list has a value for each label, in their order.</summary>
/// <param name="Score">The model's score.</param>
/// <param name="ReferenceLogProbabilities">The reference's log-probability of each label, in nats.</param>
/// <param name="Kl">The divergence of the model from the reference over the whole vocabulary where each label is predicted, in nats.</param>
public sealed record ExampleComparison(ExampleScore Score, IReadOnlyList<float> ReferenceLogProbabilities, IReadOnlyList<float> Kl);
