namespace Microsoft.ML.Asft.Evaluation.Mathematics;

/// <summary>A model's solutions of a problem.</summary>
public sealed record MathItem
{
    /// <summary>Gets the problem's index, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Gets the right answer.</summary>
    public required string Answer { get; init; }

    /// <summary>Gets the greedy solution.</summary>
    public required MathSolution Greedy { get; init; }

    /// <summary>Gets the sampled solutions.</summary>
    public IReadOnlyList<MathSolution> Samples { get; init; } = [];

    /// <summary>Gets the score of the most frequent answer of the samples, 0 to 1; <see langword="null"/> without samples.</summary>
    public double? Majority { get; init; }
}
