namespace Microsoft.ML.Asft.Evaluation.Mathematics.Grading;

/// <summary>A comparison has taken more steps than it may.</summary>
internal sealed class StepLimitException : Exception;
