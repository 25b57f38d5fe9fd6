namespace Microsoft.ML.Asft.Evaluation.Alpaca;

/// <summary>The verdict on a pair of answers.</summary>
public sealed record JudgeItem
{
    /// <summary>Gets the pair's index, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>
    /// Gets how much the judge prefers the model's answer, 0 to 1; 0.5 for equal texts; <see langword="null"/> if it did not answer
    /// as asked.
    /// </summary>
    public required double? Preference { get; init; }

    /// <summary>Gets whether the model's answer was shown second.</summary>
    public required bool Swapped { get; init; }

    /// <summary>Gets the number of characters of the model's answer.</summary>
    public required int Length { get; init; }

    /// <summary>Gets the number of characters of the answer that it is compared with.</summary>
    public required int BaseLength { get; init; }

    /// <summary>Gets the judge's reply.</summary>
    public string? Reply { get; init; }
}
