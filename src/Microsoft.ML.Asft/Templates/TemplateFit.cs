using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Templates;

/// <summary>
/// Holds what a conversation carries against what a template writes: a part that changes the meaning is written or refused by name,
/// and another one is told, so that nothing is lost without a word.
/// </summary>
internal static class TemplateFit
{
    // Without them the model would learn another conversation.
    private static readonly HashSet<string> Essential = new(StringComparer.Ordinal)
    {
        "tool_calls", "function_call", "functions", "tools", "documents", "reasoning_content", "reasoning", "thinking", "thoughts",
        "image", "images", "image_url", "audio", "audios", "video", "videos", "citations",
    };

    private static readonly string[] Thoughts = ["reasoning_content", "reasoning", "thinking", "thoughts"];

    /// <summary>Refuses what the template would leave out though it changes the meaning.</summary>
    /// <exception cref="InvalidDataException">There is such a part; the message names it, without the row.</exception>
    public static void Require(PromptTemplate template, Conversation conversation)
    {
        template = template.For(conversation);
        foreach ((string name, int? message) in Unread(template, conversation))
        {
            if (message is null || Essential.Contains(name))
            {
                string? other = Array.IndexOf(Thoughts, name) < 0 ? null : Array.Find(Thoughts, template.Reads);
                throw new InvalidDataException(
                    $"{(message is { } index ? $"message {index + 1}" : "the row")} has '{name}', which the template '{template.Name}' does not write; "
                    + (other is null ? "take the field out, or use a template that does" : $"rename the field to '{other}', which it writes"));
            }
        }
    }

    /// <summary>Names the fields of messages that the template leaves out, and that only add to what it writes.</summary>
    public static IEnumerable<string> Ignored(PromptTemplate template, Conversation conversation) =>
        Unread(template.For(conversation), conversation).Where(part => part.Message is not null && !Essential.Contains(part.Name)).Select(part => part.Name).Distinct();

    /// <summary>
    /// What the template does not look at: by its name, and since some write messages as a whole, by trying without. A name such as
    /// <c>name</c> may stand in a template for something else, so that only trying tells.
    /// </summary>
    private static IEnumerable<(string Name, int? Message)> Unread(PromptTemplate template, Conversation conversation)
    {
        if (conversation.Tools is { Count: > 0 } && !template.Reads("tools"))
        {
            yield return ("tools", null);
        }
        foreach ((string name, JsonNode? value) in conversation.TemplateArguments ?? [])
        {
            if (!IsEmpty(value) && !template.Reads(name))
            {
                yield return (name, null);
            }
        }
        for (int i = 0; i < conversation.Messages.Count; i++)
        {
            foreach ((string name, JsonNode? value) in conversation.Messages[i].Fields ?? [])
            {
                if (!IsEmpty(value) && !(Essential.Contains(name) && template.Reads(name)) && !Matters(template, conversation, i, name))
                {
                    yield return (name, i);
                }
            }
        }
    }

    private static bool Matters(PromptTemplate template, Conversation conversation, int index, string name)
    {
        PromptMessage[] messages = [.. conversation.Messages];
        var fields = (JsonObject)messages[index].Fields!.DeepClone();
        fields.Remove(name);
        messages[index] = messages[index] with { Fields = fields };
        Conversation without = conversation with { Messages = messages };
        string written = template.Write(conversation, addGenerationPrompt: false);
        try
        {
            return written != template.Write(without, addGenerationPrompt: false);
        }
        catch (Exception error) when (error is InvalidDataException or NotSupportedException)
        {
            // A template that refuses a message without a field reads it, as Mistral's the id of a tool's call.
            return true;
        }
    }

    /// <summary>Whether a field says nothing: tables have null, or nothing in it, where a row does not fill a field.</summary>
    public static bool IsEmpty(JsonNode? value) => value switch
    {
        null => true,
        JsonArray list => list.Count == 0,
        JsonObject members => members.All(member => IsEmpty(member.Value)),
        _ => value.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length == 0,
    };
}
