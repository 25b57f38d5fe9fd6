namespace Microsoft.ML.Asft.Templates;

/// <summary>A rendering, and what is to be told of it.</summary>
/// <param name="Segments">The text in pieces, in order.</param>
/// <param name="Notices">
/// What the template does with the conversation that its user may not expect, each as a sentence that is the same for all rows.
/// </param>
internal sealed record RenderedConversation(IReadOnlyList<PromptSegment> Segments, IReadOnlyList<string> Notices);
