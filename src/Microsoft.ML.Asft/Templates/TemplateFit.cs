using System.Text.Json;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Templates;

/// <summary>
/// Compares a conversation's fields with those that a template writes. A field that changes the meaning must be written, or it is an
/// error that names it. Other fields give a warning. So nothing is dropped silently.
/// </summary>
internal static class TemplateFit
{
    // Without these the model would learn a different conversation.
    private static readonly HashSet<string> Essential = new(StringComparer.Ordinal)
    {
        "tool_calls", "function_call", "functions", "tools", "documents", "reasoning_content", "reasoning", "thinking", "thoughts",
        "image", "images", "image_url", "audio", "audios", "video", "videos", "citations",
    };

    private static readonly string[] Thoughts = ["reasoning_content", "reasoning", "thinking", "thoughts"];

    /// <summary>Throws if the template would leave out a field that changes the meaning.</summary>
    /// <exception cref="InvalidDataException">There is such a field. The message names it, without the row.</exception>
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
                    + (other is null ? "remove the field, or use a template that writes it" : $"rename the field to '{other}', which it writes"));
            }
        }
    }

    /// <summary>Lists the fields of messages that the template leaves out and that do not change the meaning.</summary>
    public static IEnumerable<string> Ignored(PromptTemplate template, Conversation conversation) =>
        Unread(template.For(conversation), conversation).Where(part => part.Message is not null && !Essential.Contains(part.Name)).Select(part => part.Name).Distinct();

    /// <summary>
    /// Lists the fields that the template ignores. It looks for the name in the template. Because some templates write whole messages,
    /// and a name such as <c>name</c> may mean something else there, it also compares a rendering without the field.
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
            // If a template raises an error without the field, it reads the field. Mistral's does so with the id of a tool call.
            return true;
        }
    }

    /// <summary>Whether a field is empty: in tables a row without the field has null or an empty value.</summary>
    public static bool IsEmpty(JsonNode? value) => value switch
    {
        null => true,
        JsonArray list => list.Count == 0,
        JsonObject members => members.All(member => IsEmpty(member.Value)),
        _ => value.GetValueKind() == JsonValueKind.String && value.GetValue<string>().Length == 0,
    };
}
