
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Templates.Jinja;

namespace Microsoft.ML.Asft.Templates;

/// <summary>
/// Renders a conversation as one text for a model, and marks the parts of that text that the model learns. Derive from it for
/// your own format, and set <see cref="AsftOptions.PromptTemplate"/>.
/// </summary>
/// <remarks>Templates must be safe for use by several threads at the same time. The built-in ones are.</remarks>
public abstract class PromptTemplate
{
    private const string Auto = "auto";

    /// <summary>Gets the names that <see cref="Create"/> knows.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [Auto, AlpacaTemplate.TemplateName, PlainTemplate.TemplateName, .. ChatFormats.Names];

    /// <summary>Gets the template's name.</summary>
    public abstract string Name { get; }

    /// <summary>
    /// Gets a value indicating whether the tokenizer puts its own special tokens, such as one that begins every text, around the
    /// prompt. A template that writes them itself returns <see langword="false"/>.
    /// </summary>
    /// <value>The default value is <see langword="true"/>.</value>
    public virtual bool AddsSpecialTokens => true;

    /// <summary>Gets the text that ends each of the assistant's turns. A completion stops at it.</summary>
    /// <value>
    /// The default value is <see langword="null"/>: the template writes none, and the model's end-of-sequence token follows
    /// each of the assistant's turns.
    /// </value>
    public virtual string? EndOfTurn => null;

    /// <summary>Gets the template's Jinja source, for other programs; <see langword="null"/> if it is not a chat template.</summary>
    public virtual string? JinjaText => null;

    /// <summary>Returns one of the built-in templates, or the model's own.</summary>
    /// <param name="name">
    /// <c>alpaca</c> (the official ASFT trainer's), <c>plain</c> or <c>none</c> (only the prompt), <c>chatml</c>, <c>qwen</c>,
    /// <c>llama2</c>, <c>llama3</c>, <c>mistral</c>, <c>zephyr</c>; or <c>auto</c>: the chat template in the model's folder,
    /// or if there is none, <c>chatml</c> if its tokenizer has that format's tokens, and else <c>alpaca</c>. Of several named templates,
    /// it takes <c>default</c>, or <c>tool_use</c> for a conversation with tools; <c>auto:NAME</c> takes the one with that name.
    /// </param>
    /// <param name="modelFolder">The model's folder, which only <c>auto</c> reads.</param>
    /// <returns>The template.</returns>
    /// <exception cref="ArgumentException">There is no template of that name.</exception>
    /// <exception cref="InvalidDataException">The model's chat template, or the file it is in, is malformed.</exception>
    /// <exception cref="NotSupportedException">The model's chat template uses a part of Jinja that is not supported.</exception>
    public static PromptTemplate Create(string name, string? modelFolder = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return name switch
        {
            Auto => OfModel(modelFolder),
            _ when name.StartsWith($"{Auto}:", StringComparison.Ordinal) => OfModel(modelFolder, name[(Auto.Length + 1)..]),
            AlpacaTemplate.TemplateName => new AlpacaTemplate(),
            PlainTemplate.TemplateName or "none" => new PlainTemplate(),
            _ when ChatFormats.Names.Contains(name) => ChatFormats.Create(name),
            _ => throw new ArgumentException($"There is no prompt template '{name}'. There are: {string.Join(", ", Names)}.", nameof(name)),
        };
    }

    /// <summary>Renders a conversation.</summary>
    /// <param name="conversation">The turns and their settings.</param>
    /// <param name="addGenerationPrompt">
    /// Whether to end with the beginning of an assistant's turn, for the model to complete. Earlier turns of the assistant are
    /// still marked as trained if <see cref="EndOfTurn"/> is <see langword="null"/>, so that their ends are found.
    /// </param>
    /// <returns>The text in pieces, in order. A trained piece includes the end of the assistant's turn.</returns>
    /// <exception cref="InvalidDataException">
    /// The template cannot render this conversation. The message says why, without a full stop, because the caller adds the row.
    /// </exception>
    public abstract IReadOnlyList<PromptSegment> Render(Conversation conversation, bool addGenerationPrompt);

    /// <summary>Renders a conversation as the text for the tokenizer.</summary>
    /// <param name="conversation">The turns and their settings.</param>
    /// <param name="addGenerationPrompt">Whether to end with the beginning of an assistant's turn.</param>
    /// <returns>The text.</returns>
    /// <exception cref="InvalidDataException">The template cannot render this conversation, or does not write all its fields.</exception>
    public string RenderText(Conversation conversation, bool addGenerationPrompt)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        TemplateFit.Require(this, conversation);
        return Write(conversation, addGenerationPrompt);
    }

    /// <summary>
    /// Whether the template reads a field of a message, such as <c>tool_calls</c>, or a variable, such as <c>tools</c> or
    /// <c>enable_thinking</c>. If a row has a field that the template does not read, that is an error or a warning, so nothing is
    /// dropped silently.
    /// </summary>
    /// <param name="name">The name of the field or variable.</param>
    /// <returns>By default, whether it is the role, content or input.</returns>
    public virtual bool Reads(string name) => false;

    /// <summary>Gets the template for a conversation, if a model has several.</summary>
    internal virtual PromptTemplate For(Conversation conversation) => this;

    /// <summary>Renders a conversation, with warnings.</summary>
    internal virtual RenderedConversation RenderTurns(Conversation conversation, bool addGenerationPrompt) =>
        new(Render(conversation, addGenerationPrompt), []);

    /// <summary>Renders a conversation as text, without a check of its fields.</summary>
    internal virtual string Write(Conversation conversation, bool addGenerationPrompt) =>
        string.Concat(Render(conversation, addGenerationPrompt).Select(segment => segment.Text));

    /// <summary>Makes the error for a role that the template does not support.</summary>
    private protected InvalidDataException NoForm(PromptMessage message) =>
        new($"the template '{Name}' has no form for a message of the role '{message.Role}' here; another template may");

    private static PromptTemplate OfModel(string? folder, string? name = null)
    {
        if (folder is null)
        {
            return name is null ? new AlpacaTemplate() : throw new ArgumentException($"'{Auto}:{name}' needs a model's folder.", nameof(name));
        }
        ModelChatFormat format = ModelChatFormat.Read(folder);
        if (format.Templates.Count == 0 && name is null)
        {
            return format.HasChatMarkupTokens ? ChatFormats.Create(ChatFormats.ChatMarkup) : new AlpacaTemplate();
        }
        PromptTemplate chosen = format.Templates.ContainsKey(name ?? ModelChatFormat.Default) ? Named(name ?? ModelChatFormat.Default)
            : throw new InvalidDataException(
                $"{format.Templates.Values.FirstOrDefault()?.Place ?? folder} has no template named '{name ?? ModelChatFormat.Default}' (it has "
                + $"{string.Join(", ", format.Templates.Keys)}); name one of these, as in '{Auto}:NAME', or one of ours instead of {Auto}.");
        return name is null && format.Templates.ContainsKey(NamedChatTemplates.ToolUse)
            ? new NamedChatTemplates(chosen, new(() => Named(NamedChatTemplates.ToolUse)))
            : chosen;

        PromptTemplate Named(string key)
        {
            ChatTemplateSource source = format.Templates[key];
            string shown = key == ModelChatFormat.Default ? $"{Auto} ({source.File})" : $"{Auto}:{key} ({source.File})";
            return new ChatTemplate(shown, JinjaTemplate.Parse(source.Text, source.Place), format.SpecialTokens);
        }
    }
}
