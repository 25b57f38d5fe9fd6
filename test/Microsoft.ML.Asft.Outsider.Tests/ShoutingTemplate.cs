using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Outsider.Tests;

/// <summary>A house format: the prompt with a mark behind it.</summary>
internal sealed class ShoutingTemplate : PromptTemplate
{
    public override string Name => "shouting";

    public override IReadOnlyList<PromptSegment> Render(Conversation conversation, bool addGenerationPrompt) =>
    [
        .. conversation.Select(m => m.Role == "assistant" ? new PromptSegment(m.Content, true) : new PromptSegment(m.Content + " x ", false)),
    ];
}
