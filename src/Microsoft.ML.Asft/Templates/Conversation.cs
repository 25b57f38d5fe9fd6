using System.Collections;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Microsoft.ML.Asft.Templates;

/// <summary>A conversation: the turns and the other settings of a row. A collection expression of messages makes one.</summary>
/// <param name="Messages">The turns, in order.</param>
[CollectionBuilder(typeof(Conversation), nameof(Create))]
public sealed record Conversation(IReadOnlyList<PromptMessage> Messages) : IEnumerable<PromptMessage>
{
    /// <summary>Gets the tools that the assistant may call, as JSON schemas; <see langword="null"/> if there are none.</summary>
    public JsonArray? Tools { get; init; }

    /// <summary>
    /// Gets further variables for a chat template, such as <c>enable_thinking</c> or <c>documents</c>: the <c>chat_template_kwargs</c>
    /// of a row; <see langword="null"/> if there are none.
    /// </summary>
    public JsonObject? TemplateArguments { get; init; }

    /// <summary>Returns the first turns, with the other settings.</summary>
    internal Conversation Upto(int count) => this with { Messages = [.. Messages.Take(count)] };

    /// <summary>Makes a conversation from turns.</summary>
    /// <param name="messages">The turns, in order.</param>
    public static Conversation Create(ReadOnlySpan<PromptMessage> messages) => new(messages.ToArray());

    /// <inheritdoc/>
    public IEnumerator<PromptMessage> GetEnumerator() => Messages.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
