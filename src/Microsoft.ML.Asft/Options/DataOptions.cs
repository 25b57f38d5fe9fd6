using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Options;

/// <summary>How rows are read and which of their tokens are trained on.</summary>
public sealed class DataOptions
{
    /// <summary>
    /// Gets or sets the text column with the prompt. If the data comes from a file, it may be a list of messages. Then the response must be one too.
    /// </summary>
    /// <value>The default value is <c>instruction</c>. If a row has no such column, <c>prompt</c> is used.</value>
    [OptionScope(Saved = true)]
    [Required]
    public string PromptColumnName { get; set; } = "instruction";

    /// <summary>Gets or sets the text column with the demonstrated response. Fitting needs it, completing does not.</summary>
    /// <value>The default value is <c>response</c>. If a row has no such column, <c>completion</c> or <c>output</c> is used.</value>
    [OptionScope(Saved = true)]
    [Required]
    public string ResponseColumnName { get; set; } = "response";

    /// <summary>Gets or sets an optional text column with further input for the prompt. It is used if the data has it.</summary>
    /// <value>The default value is <c>input</c>.</value>
    [OptionScope(Saved = true)]
    public string? InputColumnName { get; set; } = "input";

    /// <summary>Gets or sets an optional text column with the system message. It is used if the data has it.</summary>
    /// <value>The default value is <c>system</c>.</value>
    [OptionScope(Saved = true)]
    public string? SystemColumnName { get; set; } = "system";

    /// <summary>
    /// Gets or sets an optional text column with whole conversations as JSON, <c>[{"role": …, "content": …}, …]</c>. If the data
    /// has it, it is used instead of the prompt and response columns.
    /// </summary>
    /// <value>The default value is <c>messages</c>. If a row has no such column, <c>conversations</c> is used.</value>
    [OptionScope(Saved = true)]
    public string? MessagesColumnName { get; set; } = "messages";

    /// <summary>
    /// Gets or sets an optional text column with the tools of a conversation as JSON, <c>[{"type": "function", …}, …]</c>. It is used if the data
    /// has it. Rows with tools are an error if the chat template does not write tools.
    /// </summary>
    /// <value>The default value is <c>tools</c>.</value>
    [OptionScope(Saved = true)]
    public string? ToolsColumnName { get; set; } = "tools";

    /// <summary>
    /// Gets or sets an optional text column with further variables for a chat template as JSON, <c>{"enable_thinking": false}</c>. It is used
    /// if the data has it. A variable that the template does not read is an error.
    /// </summary>
    /// <value>The default value is <c>chat_template_kwargs</c>.</value>
    [OptionScope(Saved = true)]
    public string? TemplateArgumentsColumnName { get; set; } = "chat_template_kwargs";

    /// <summary>
    /// Gets or sets a column with a weight for each row, more than 0: a number, or text with a number. The loss is then the weighted
    /// mean over labelled tokens. For fitting the data must have this column.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: all rows have the same weight.</value>
    [OptionScope(Saved = true)]
    public string? WeightColumnName { get; set; }

    /// <summary>Gets or sets whether the prompt's tokens are trained on too.</summary>
    /// <value>The default value is <see langword="false"/>: only responses.</value>
    [OptionScope(Saved = true)]
    public bool TrainOnPrompt { get; set; }

    /// <summary>Gets or sets which of the assistant's turns are trained on. A row can say otherwise for its own turns.</summary>
    /// <value>The default value is <see cref="TrainedTurns.All"/>.</value>
    [OptionScope(Saved = true)]
    public TrainedTurns TrainedTurns { get; set; } = TrainedTurns.All;

    /// <summary>
    /// Gets or sets whether the thinking at the start of an assistant's turn, from <c>&lt;think&gt;</c> to <c>&lt;/think&gt;</c>, is trained on.
    /// </summary>
    /// <value>The default value is <see langword="true"/>. If it is <see langword="false"/>, thinking is context without labels.</value>
    [OptionScope(Saved = true)]
    public bool TrainOnThinking { get; set; } = true;

    /// <summary>Gets or sets what happens to rows longer than <see cref="AsftOptions.MaxLength"/>.</summary>
    /// <value>The default value is <see cref="LongRowPolicy.Truncate"/>.</value>
    [OptionScope]
    public LongRowPolicy LongRows { get; set; } = LongRowPolicy.Truncate;

    /// <summary>Gets or sets what happens to a row that cannot be trained on, such as one with an empty response.</summary>
    /// <value>The default value is <see cref="RowPolicy.Refuse"/>.</value>
    [OptionScope]
    public RowPolicy InvalidRows { get; set; } = RowPolicy.Refuse;
}
