namespace Microsoft.ML.Asft.Templates;

/// <summary>A piece of a rendered prompt.</summary>
/// <param name="Text">The text.</param>
/// <param name="IsTrained">Whether the model learns to write it; otherwise the model only reads it.</param>
public readonly record struct PromptSegment(string Text, bool IsTrained)
{
    /// <summary>
    /// Gets whether this part of an assistant's turn is left out of the loss, because the row or an option says so. It still
    /// ends like a turn.
    /// </summary>
    public bool IsMasked { get; init; }
}
