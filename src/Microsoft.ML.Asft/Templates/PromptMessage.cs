using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Templates;

/// <summary>One turn of a conversation.</summary>
/// <param name="Role"><c>system</c>, <c>user</c>, <c>assistant</c> or <c>tool</c>.</param>
/// <param name="Content">The text.</param>
public sealed record PromptMessage(string Role, string Content)
{
    /// <summary>
    /// Gets further input of an instruction, which some templates separate; <see langword="null"/> if there is
    /// none.
    /// </summary>
    public string? Input { get; init; }

    /// <summary>
    /// Gets the other fields of the message, such as <c>tool_calls</c> or <c>reasoning_content</c>, for chat templates that read
    /// them; <see langword="null"/> if there are none. The other templates ignore them.
    /// </summary>
    public JsonObject? Fields { get; init; }

    /// <summary>Gets whether training learns this turn, if it is the assistant's. The other turns are only read.</summary>
    /// <value>The default value is <see langword="true"/>.</value>
    public bool Learn { get; init; } = true;

    /// <summary>
    /// Reads a conversation from JSON: a list of objects with <c>role</c> and <c>content</c>, or with <c>from</c> and <c>value</c> as in
    /// ShareGPT.
    /// </summary>
    /// <param name="json">
    /// The list. A <c>content</c> is text, null, or a list of parts of type <c>text</c>; <c>input</c> becomes
    /// <see cref="Input"/>; <c>weight</c> (0 or 1), <c>train</c> and <c>training</c> become <see cref="Learn"/>, and all other fields
    /// <see cref="Fields"/>. ShareGPT's <c>human</c>, <c>gpt</c> and <c>observation</c> become user, assistant and tool, and its
    /// <c>function_call</c> an assistant's <c>tool_calls</c>.
    /// </param>
    /// <returns>The messages, in order.</returns>
    /// <exception cref="InvalidDataException">It is not such a list; the error names the message and the problem.</exception>
    public static IReadOnlyList<PromptMessage> ListFromJson(string json) => PromptMessageReader.Read(json);
}
