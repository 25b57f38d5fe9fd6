namespace Microsoft.ML.Asft.Templates;

/// <summary>
/// The chat templates of a model that has a separate one for conversations with tools, such as Command R and Hermes. The conversation
/// decides which one is used, as in transformers.
/// </summary>
/// <param name="withoutTools">The template named <c>default</c>.</param>
/// <param name="withTools">The template named <c>tool_use</c>.</param>
internal sealed class NamedChatTemplates(PromptTemplate withoutTools, Lazy<PromptTemplate> withTools) : PromptTemplate
{
    public const string ToolUse = "tool_use";

    public override string Name => withoutTools.Name;

    public override bool AddsSpecialTokens => withoutTools.AddsSpecialTokens;

    public override string? EndOfTurn => withoutTools.EndOfTurn;

    public override string? JinjaText => withoutTools.JinjaText;

    public override IReadOnlyList<PromptSegment> Render(Conversation conversation, bool addGenerationPrompt) =>
        For(conversation).Render(conversation, addGenerationPrompt);

    public override bool Reads(string name) => withoutTools.Reads(name);

    internal override RenderedConversation RenderTurns(Conversation conversation, bool addGenerationPrompt) =>
        For(conversation).RenderTurns(conversation, addGenerationPrompt);

    internal override string Write(Conversation conversation, bool addGenerationPrompt) =>
        For(conversation).Write(conversation, addGenerationPrompt);

    internal override PromptTemplate For(Conversation conversation) => conversation.Tools is null ? withoutTools : withTools.Value;
}
