namespace Microsoft.ML.Asft.Scoring;

/// <summary>How a model predicts the labels of one example; each list has a value for each label, in their order.</summary>
/// <param name="LogProbabilities">The log-probability of each label, in nats.</param>
/// <param name="IsLikeliest">Whether each label is the token to which the model gives the highest probability.</param>
public sealed record ExampleScore(IReadOnlyList<float> LogProbabilities, IReadOnlyList<bool> IsLikeliest);
