namespace Microsoft.ML.Asft.Templates;

/// <summary>A piece of a rendered prompt.</summary>
/// <param name="Text">The text.</param>
/// <param name="IsTrained">Whether the model is to learn to write it; otherwise it only reads it.</param>
public readonly record struct PromptSegment(string Text, bool IsTrained)
{
    /// <summary>
    /// Gets whether this part of an assistant's turn is left out of the loss all the same, since the row or an option says so. It still
    /// ends as a turn does.
    /// </summary>
    public bool IsMasked { get; init; }
}
