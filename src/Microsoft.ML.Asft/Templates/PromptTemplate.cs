
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Templates.Jinja;

namespace Microsoft.ML.Asft.Templates;

/// <summary>
/// How a conversation is put to a model as one text, and which parts of that text the model is to learn. Derive from it for a
/// house format of your own, and set <see cref="AsftOptions.PromptTemplate"/>.
/// </summary>
/// <remarks>Templates must be safe to use from several threads at once; the built-in ones are.</remarks>
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
    /// prompt. Templates that write them themselves say no.
    /// </summary>
    /// <value>The default value is <see langword="true"/>.</value>
    public virtual bool AddsSpecialTokens => true;

    /// <summary>Gets the text that ends each of the assistant's turns, which a completion then stops at.</summary>
    /// <value>
    /// The default value is <see langword="null"/>: the template writes none, and the model's end-of-sequence token is put after
    /// each of the assistant's turns.
    /// </value>
    public virtual string? EndOfTurn => null;

    /// <summary>Gets the template as other programs take it, a Jinja chat template; <see langword="null"/> where it is not one.</summary>
    public virtual string? JinjaText => null;

    /// <summary>Gives one of the built-in templates, or the model's own.</summary>
    /// <param name="name">
    /// <c>alpaca</c> (the official ASFT trainer's), <c>plain</c> or <c>none</c> (the prompt as it is), <c>chatml</c>, <c>qwen</c>,
    /// <c>llama2</c>, <c>llama3</c>, <c>mistral</c>, <c>zephyr</c>; or <c>auto</c>: the chat template in the model's folder,
    /// where there is none <c>chatml</c> if its tokenizer has that format's tokens, and else <c>alpaca</c>. Of several named templates,
    /// that is <c>default</c>, or <c>tool_use</c> for a conversation with tools; <c>auto:NAME</c> takes another one.
    /// </param>
    /// <param name="modelFolder">The model's folder, which only <c>auto</c> looks into.</param>
    /// <returns>The template.</returns>
    /// <exception cref="ArgumentException">There is no template of that name.</exception>
    /// <exception cref="InvalidDataException">The model's chat template, or the file it is in, is malformed.</exception>
    /// <exception cref="NotSupportedException">The model's chat template uses more of Jinja than is understood here.</exception>
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
    /// <param name="conversation">The turns, and what goes with them.</param>
    /// <param name="addGenerationPrompt">
    /// Whether to end with what comes before an assistant's turn, for the model to complete. Earlier turns of the assistant are
    /// marked as trained all the same where <see cref="EndOfTurn"/> is <see langword="null"/>, so that their ends are found.
    /// </param>
    /// <returns>The text in pieces, in order; what is trained on includes the end of each of the assistant's turns.</returns>
    /// <exception cref="InvalidDataException">
    /// The template has no form for this conversation; the message says why, without a full stop, since the caller adds the row.
    /// </exception>
    public abstract IReadOnlyList<PromptSegment> Render(Conversation conversation, bool addGenerationPrompt);

    /// <summary>Renders a conversation to the text that the tokenizer gets.</summary>
    /// <param name="conversation">The turns, and what goes with them.</param>
    /// <param name="addGenerationPrompt">Whether to end with what comes before an assistant's turn.</param>
    /// <returns>The text.</returns>
    /// <exception cref="InvalidDataException">The template has no form for this conversation, or does not write all that it carries.</exception>
    public string RenderText(Conversation conversation, bool addGenerationPrompt)
    {
        ArgumentNullException.ThrowIfNull(conversation);
        TemplateFit.Require(this, conversation);
        return Write(conversation, addGenerationPrompt);
    }

    /// <summary>
    /// Says whether the template looks at a field of a message, such as <c>tool_calls</c>, or at a variable, such as <c>tools</c> or
    /// <c>enable_thinking</c>. A row that has what the template does not look at is refused or warned about, so that nothing is lost
    /// without a word.
    /// </summary>
    /// <param name="name">The name of the field or variable.</param>
    /// <returns>The default is that it looks at nothing but role, content and input.</returns>
    public virtual bool Reads(string name) => false;

    /// <summary>Gets the template that writes a conversation, where a model has several.</summary>
    internal virtual PromptTemplate For(Conversation conversation) => this;

    /// <summary>Renders a conversation, and tells what its user may not expect.</summary>
    internal virtual RenderedConversation RenderTurns(Conversation conversation, bool addGenerationPrompt) =>
        new(Render(conversation, addGenerationPrompt), []);

    /// <summary>Renders a conversation to text, whatever it carries.</summary>
    internal virtual string Write(Conversation conversation, bool addGenerationPrompt) =>
        string.Concat(Render(conversation, addGenerationPrompt).Select(segment => segment.Text));

    /// <summary>Says that a template has no form for a role.</summary>
    private protected InvalidDataException NoForm(PromptMessage message) =>
        new($"the template '{Name}' has no form for a message of the role '{message.Role}' here; a chat template may");

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
