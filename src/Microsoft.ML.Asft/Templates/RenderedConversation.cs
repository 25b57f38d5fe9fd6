namespace Microsoft.ML.Asft.Templates;

/// <summary>A rendering and its warnings.</summary>
/// <param name="Segments">The text in pieces, in order.</param>
/// <param name="Notices">
/// Warnings about what the template does with the conversation, each a sentence that is the same for all rows.
/// </param>
internal sealed record RenderedConversation(IReadOnlyList<PromptSegment> Segments, IReadOnlyList<string> Notices);
