namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>The progress of an evaluation.</summary>
/// <param name="Done">The number of finished items.</param>
/// <param name="Total">The number of all items.</param>
/// <param name="Score">The mean score of the finished items; NaN before the first.</param>
public readonly record struct EvaluationProgress(int Done, int Total, double Score);
