namespace Microsoft.ML.Asft.Templates;

/// <summary>
/// The prompt without changes, and the response directly after it. A blank line separates a system message or an earlier turn
/// from the prompt, and a line feed separates an instruction's input.
/// </summary>
internal sealed class PlainTemplate : PromptTemplate
{
    public const string TemplateName = "plain";

    public override string Name => TemplateName;

    public override IReadOnlyList<PromptSegment> Render(Conversation conversation, bool addGenerationPrompt)
    {
        var segments = new List<PromptSegment>();
        foreach (PromptMessage message in conversation)
        {
            string gap = segments.Count > 0 && message.Role != "assistant" ? "\n\n" : "";
            string input = message.Input is { } text ? "\n" + text : "";
            segments.Add(message.Role is "system" or "user" or "assistant"
                ? new(gap + message.Content + input, IsTrained: message.Role == "assistant") { IsMasked = message.Role == "assistant" && !message.Learn }
                : throw NoForm(message));
        }
        return segments;
    }
}
