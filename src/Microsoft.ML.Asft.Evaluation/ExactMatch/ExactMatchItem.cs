namespace Microsoft.ML.Asft.Evaluation.ExactMatch;

/// <summary>A model's completion of a row.</summary>
/// <param name="Index">The row's index, from 0.</param>
/// <param name="Completion">The greedy completion.</param>
/// <param name="Correct">Whether it equals the response.</param>
/// <param name="SampledCorrect">The number of sampled completions that equal the response.</param>
public sealed record ExactMatchItem(int Index, string Completion, bool Correct, int SampledCorrect);
