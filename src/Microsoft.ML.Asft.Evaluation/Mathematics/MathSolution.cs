namespace Microsoft.ML.Asft.Evaluation.Mathematics;

/// <summary>A model's solution of a problem.</summary>
/// <param name="Text">The model's text.</param>
/// <param name="Answer">The answer in it; <see langword="null"/> if there is none.</param>
/// <param name="Correct">Whether the answer is right.</param>
public sealed record MathSolution(string Text, string? Answer, bool Correct);
