using Microsoft.ML.Asft.Templates;

namespace Microsoft.ML.Asft.Export.Gguf;

/// <summary>
/// The texts that a template writes around each turn, if it writes all turns alike. They are found by rendering conversations.
/// </summary>
/// <param name="First">Before the first turn of a conversation without a system message.</param>
/// <param name="BeforeUser">Before a user's words.</param>
/// <param name="AfterUser">Between a user's words and the assistant's.</param>
/// <param name="AfterAssistant">After the assistant's words.</param>
/// <param name="BeforeSystem">Before a system message, which is the first; <see langword="null"/> if the template accepts none.</param>
/// <param name="AfterSystem">After it.</param>
internal sealed record TurnTexts(
    string First, string BeforeUser, string AfterUser, string AfterAssistant, string? BeforeSystem, string? AfterSystem)
{
    private static readonly PromptMessage System = new("system", "s5c1e9");
    private static readonly PromptMessage User = new("user", "u7a2f3");
    private static readonly PromptMessage Assistant = new("assistant", "a9d4b6");
    private static readonly PromptMessage Next = new("user", "n3e8c2");

    /// <summary>Finds the texts; <see langword="null"/> if turns are not written alike.</summary>
    /// <param name="template">The template.</param>
    /// <param name="end">The text after each of the assistant's turns that the template does not write.</param>
    public static TurnTexts? Of(PromptTemplate template, string end = "")
    {
        if (Render(template, [User, Assistant], false) is not { } whole || Render(template, [User, Assistant, Next], true) is not { } open
            || Cut(whole, User, Assistant) is not [var before, var afterUser, var afterAssistant]
            || Cut(open, User, Assistant, Next) is not [_, _, var between, _] || !between.StartsWith(afterAssistant, StringComparison.Ordinal))
        {
            return null;
        }

        string beforeUser = between[afterAssistant.Length..];
        if (!before.EndsWith(beforeUser, StringComparison.Ordinal))
        {
            return null;
        }

        var turns = new TurnTexts(before[..^beforeUser.Length], beforeUser, afterUser, afterAssistant, null, null);
        if (Render(template, [System, User, Assistant], false) is { } told)
        {
            if (Cut(told, System, User) is not [var beforeSystem, var afterSystem, _] || !afterSystem.EndsWith(beforeUser, StringComparison.Ordinal))
            {
                return null;
            }

            turns = turns with { BeforeSystem = beforeSystem, AfterSystem = afterSystem[..^beforeUser.Length] };
        }

        PromptMessage[] talk = [User, Assistant, Next];
        return turns.Write(talk) == open && (turns.BeforeSystem is null || turns.Write([System, .. talk]) == Render(template, [System, .. talk], true))
            ? turns with { AfterAssistant = end + afterAssistant }
            : null;
    }

    /// <summary>
    /// Finds the texts before and after a single prompt; <see langword="null"/> if the prompt does not occur exactly once.
    /// </summary>
    public static (string Before, string After)? AroundPrompt(PromptTemplate template) =>
        Render(template, [User], true) is { } text && Cut(text, User) is [var before, var after] ? (before, after) : null;

    /// <summary>Writes a conversation that ends with a user's turn, ready for the assistant's.</summary>
    public string Write(IReadOnlyList<PromptMessage> messages) => string.Concat(messages.Select((message, i) => message.Role switch
    {
        "system" => BeforeSystem + message.Content + AfterSystem,
        "user" => (i == 0 ? First : "") + BeforeUser + message.Content + AfterUser,
        _ => message.Content + AfterAssistant,
    }));

    private static string? Render(PromptTemplate template, IReadOnlyList<PromptMessage> messages, bool addGenerationPrompt)
    {
        try
        {
            return template.RenderText(new Conversation(messages), addGenerationPrompt);
        }
        catch (InvalidDataException)
        {
            return null;  // it cannot render such a conversation
        }
    }

    // The texts before, between and after the messages; null if these do not occur exactly once and in order.
    private static string[]? Cut(string text, params PromptMessage[] messages)
    {
        string[] parts = text.Split([.. messages.Select(message => message.Content)], StringSplitOptions.None);
        int at = 0;
        foreach (var message in messages)
        {
            at = text.IndexOf(message.Content, at, StringComparison.Ordinal);
            if (at < 0)
            {
                return null;
            }
        }

        return parts.Length == messages.Length + 1 ? parts : null;
    }
}
