namespace Microsoft.ML.Asft.Evaluation.ExactMatch;

/// <summary>How a model completed a row.</summary>
/// <param name="Index">The row's place, from 0.</param>
/// <param name="Completion">The greedy completion.</param>
/// <param name="Correct">Whether it is the response.</param>
/// <param name="SampledCorrect">How many of the drawn completions are the response.</param>
public sealed record ExactMatchItem(int Index, string Completion, bool Correct, int SampledCorrect);
