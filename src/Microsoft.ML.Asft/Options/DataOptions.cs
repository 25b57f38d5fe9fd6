using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Options;

/// <summary>How rows are read and which of their tokens are learnt.</summary>
public sealed class DataOptions
{
    /// <summary>
    /// Gets or sets the text column with the prompt. Where it comes from a file, it may be a list of messages; the response is one too, then.
    /// </summary>
    /// <value>The default value is <c>instruction</c>; a row that has none is read from <c>prompt</c>.</value>
    [OptionScope(Saved = true)]
    [Required]
    public string PromptColumnName { get; set; } = "instruction";

    /// <summary>Gets or sets the text column with the demonstrated response; needed for fitting, not for completing.</summary>
    /// <value>The default value is <c>response</c>; a row that has none is read from <c>completion</c>, or <c>output</c>.</value>
    [OptionScope(Saved = true)]
    [Required]
    public string ResponseColumnName { get; set; } = "response";

    /// <summary>Gets or sets an optional text column with further input for the prompt; used when the data has it.</summary>
    /// <value>The default value is <c>input</c>.</value>
    [OptionScope(Saved = true)]
    public string? InputColumnName { get; set; } = "input";

    /// <summary>Gets or sets an optional text column with the system message; used when the data has it.</summary>
    /// <value>The default value is <c>system</c>.</value>
    [OptionScope(Saved = true)]
    public string? SystemColumnName { get; set; } = "system";

    /// <summary>
    /// Gets or sets an optional text column with whole conversations as JSON, <c>[{"role": …, "content": …}, …]</c>; used
    /// instead of the prompt and response columns when the data has it.
    /// </summary>
    /// <value>The default value is <c>messages</c>; a row that has none is read from <c>conversations</c>.</value>
    [OptionScope(Saved = true)]
    public string? MessagesColumnName { get; set; } = "messages";

    /// <summary>
    /// Gets or sets an optional text column with the tools of a conversation as JSON, <c>[{"type": "function", …}, …]</c>, for a chat
    /// template that writes them; used when the data has it. Another template refuses rows with tools.
    /// </summary>
    /// <value>The default value is <c>tools</c>.</value>
    [OptionScope(Saved = true)]
    public string? ToolsColumnName { get; set; } = "tools";

    /// <summary>
    /// Gets or sets an optional text column with further variables for a chat template as JSON, <c>{"enable_thinking": false}</c>; used
    /// when the data has it. A variable that the template does not read is refused.
    /// </summary>
    /// <value>The default value is <c>chat_template_kwargs</c>.</value>
    [OptionScope(Saved = true)]
    public string? TemplateArgumentsColumnName { get; set; } = "chat_template_kwargs";

    /// <summary>
    /// Gets or sets a column with a weight for each row, more than 0: a number, or text that is one. The loss is then the weighted
    /// mean over labelled tokens. A column of this name must be there for fitting.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: all rows weigh the same.</value>
    [OptionScope(Saved = true)]
    public string? WeightColumnName { get; set; }

    /// <summary>Gets or sets whether every token is trained on, the prompt's too.</summary>
    /// <value>The default value is <see langword="false"/>: responses alone.</value>
    [OptionScope(Saved = true)]
    public bool TrainOnPrompt { get; set; }

    /// <summary>Gets or sets which of the assistant's turns are learnt, of those that the row does not say otherwise of.</summary>
    /// <value>The default value is <see cref="TrainedTurns.All"/>.</value>
    [OptionScope(Saved = true)]
    public TrainedTurns TrainedTurns { get; set; } = TrainedTurns.All;

    /// <summary>Gets or sets whether the thought is learnt that an assistant's turn begins with, from <c>&lt;think&gt;</c> to <c>&lt;/think&gt;</c>.</summary>
    /// <value>The default value is <see langword="true"/>; otherwise it is only read.</value>
    [OptionScope(Saved = true)]
    public bool TrainOnThinking { get; set; } = true;

    /// <summary>Gets or sets what happens to longer rows.</summary>
    /// <value>The default value is <see cref="LongRowPolicy.Truncate"/>.</value>
    [OptionScope]
    public LongRowPolicy LongRows { get; set; } = LongRowPolicy.Truncate;

    /// <summary>Gets or sets what happens to a row that cannot be trained on, such as one with an empty response.</summary>
    /// <value>The default value is <see cref="RowPolicy.Refuse"/>.</value>
    [OptionScope]
    public RowPolicy InvalidRows { get; set; } = RowPolicy.Refuse;
}
