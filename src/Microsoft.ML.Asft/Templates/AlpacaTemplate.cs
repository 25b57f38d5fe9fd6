namespace Microsoft.ML.Asft.Templates;

/// <summary>
/// The prompt of Stanford's Alpaca, which the official ASFT trainer uses (<c>PROMPT_DICT</c> in its <c>train_v2.py</c>): the response
/// follows the last colon directly. A system message replaces the opening sentences.
/// </summary>
internal sealed class AlpacaTemplate : PromptTemplate
{
    public const string TemplateName = "alpaca";

    private const string Opening =
        "Below is an instruction that describes a task. Write a response that appropriately completes the request.";

    private const string OpeningWithInput =
        "Below is an instruction that describes a task, paired with an input that provides further context. "
        + "Write a response that appropriately completes the request.";

    public override string Name => TemplateName;

    public override IReadOnlyList<PromptSegment> Render(Conversation conversation, bool addGenerationPrompt)
    {
        var segments = new List<PromptSegment>();
        string? system = null;
        for (int i = 0; i < conversation.Messages.Count; i++)
        {
            PromptMessage message = conversation.Messages[i];
            switch (message.Role)
            {
                case "system" when i == 0:
                    system = message.Content;
                    break;
                case "user":
                    bool opens = segments.Count == 0;
                    string before = opens ? system ?? (message.Input is null ? Opening : OpeningWithInput) : "";
                    segments.Add(new($"{before}\n\n### Instruction:\n{message.Content}", IsTrained: false));
                    if (message.Input is { } input)
                    {
                        segments.Add(new($"\n\n### Input:\n{input}", IsTrained: false));
                    }
                    break;
                case "assistant" when segments.Count > 0:
                    segments.Add(new("\n\n### Response:", IsTrained: false));
                    segments.Add(new(message.Content, IsTrained: true) { IsMasked = !message.Learn });
                    break;
                default:
                    throw NoForm(message);
            }
        }
        if (addGenerationPrompt)
        {
            segments.Add(new("\n\n### Response:", IsTrained: false));
        }
        return segments;
    }
}
