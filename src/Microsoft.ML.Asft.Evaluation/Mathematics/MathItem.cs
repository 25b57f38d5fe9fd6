namespace Microsoft.ML.Asft.Evaluation.Mathematics;

/// <summary>How a model solved a problem.</summary>
public sealed record MathItem
{
    /// <summary>Gets the problem's place, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Gets the right answer.</summary>
    public required string Answer { get; init; }

    /// <summary>Gets the greedy solution.</summary>
    public required MathSolution Greedy { get; init; }

    /// <summary>Gets the solutions that were drawn.</summary>
    public IReadOnlyList<MathSolution> Samples { get; init; } = [];

    /// <summary>Gets what the answer that most samples agree on scores, 0 to 1; <see langword="null"/> without samples.</summary>
    public double? Majority { get; init; }
}
