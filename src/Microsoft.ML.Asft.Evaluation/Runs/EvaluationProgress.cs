namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>How far an evaluation is.</summary>
/// <param name="Done">The items that are done.</param>
/// <param name="Total">All of them.</param>
/// <param name="Score">The mean of what is measured over the items that are done; NaN before the first.</param>
public readonly record struct EvaluationProgress(int Done, int Total, double Score);
