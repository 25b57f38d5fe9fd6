namespace Microsoft.ML.Asft.Evaluation.MultipleChoice;

/// <summary>A model's answer to a question.</summary>
public sealed record MultipleChoiceItem
{
    /// <summary>Gets the question's index, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Gets the question's subject.</summary>
    public string? Subject { get; init; }

    /// <summary>Gets the letter of the right option.</summary>
    public required char Answer { get; init; }

    /// <summary>Gets the letter of the model's choice; <see langword="null"/> if its text has none.</summary>
    public required char? Choice { get; init; }

    /// <summary>Gets a value indicating whether the choice is right.</summary>
    public required bool Correct { get; init; }

    /// <summary>
    /// Gets the probability of each option, 1 together; of <see cref="MultipleChoiceMethod.LikelihoodPerCharacter"/> in proportion to the
    /// probability's root by the number of characters. <see langword="null"/> of a written answer.
    /// </summary>
    public IReadOnlyList<double>? Probabilities { get; init; }

    /// <summary>
    /// Gets the share of all next tokens that the letters take: if it is near 0, the model was about to write something else.
    /// </summary>
    public double? LetterProbability { get; init; }

    /// <summary>Gets the text that the model wrote.</summary>
    public string? Completion { get; init; }
}
