using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Text;

/// <summary>
/// The columns of a schema that a conversation is made of: whole conversations as JSON, or prompt, response and what goes with
/// them.
/// </summary>
internal sealed class PromptColumns
{
    private readonly DataViewSchema.Column? _messages;
    private readonly DataViewSchema.Column? _prompt;
    private readonly DataViewSchema.Column? _response;
    private readonly DataViewSchema.Column? _input;
    private readonly DataViewSchema.Column? _system;
    private readonly bool _withResponse;

    /// <param name="schema">The schema, which has what <paramref name="options"/> require.</param>
    /// <param name="options">The names.</param>
    /// <param name="withResponse">Whether the response is read too, as training needs it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The input or the system column is not text.</exception>
    public PromptColumns(DataViewSchema schema, AsftOptions options, bool withResponse)
    {
        _withResponse = withResponse;
        _messages = Find(schema, options.MessagesColumnName);
        _prompt = Find(schema, options.PromptColumnName);
        _response = withResponse ? Find(schema, options.ResponseColumnName) : null;
        _input = FindText(schema, options.InputColumnName, nameof(AsftOptions.InputColumnName));
        _system = FindText(schema, options.SystemColumnName, nameof(AsftOptions.SystemColumnName));
    }

    /// <summary>Gets the columns.</summary>
    public IEnumerable<DataViewSchema.Column> All =>
        new[] { _messages, _prompt, _response, _input, _system }.Where(c => c is not null).Select(c => c!.Value);

    /// <summary>Reads the conversation of the row that a cursor stands at, each time it is called.</summary>
    /// <exception cref="InvalidDataException">
    /// From the returned function: what is wrong with which column; the row is the caller's to name.
    /// </exception>
    public Func<Conversation> ReaderOf(DataViewRow row)
    {
        Func<string>? messages = TextOf(row, _messages);
        Func<string>? prompt = TextOf(row, _prompt);
        Func<string>? response = TextOf(row, _response);
        Func<string>? input = TextOf(row, _input);
        Func<string>? system = TextOf(row, _system);
        bool hasPrompt = prompt is not null && (response is not null || !_withResponse);
        return () =>
        {
            List<PromptMessage> conversation = messages?.Invoke() is { } json && (json.Length > 0 || !hasPrompt)
                ? FromMessages(json)
                : FromPrompt(prompt!(), input?.Invoke(), response?.Invoke());
            if (system?.Invoke() is { Length: > 0 } said && conversation is not [{ Role: "system" }, ..])
            {
                conversation.Insert(0, new PromptMessage("system", said));
            }
            return new Conversation(conversation);
        };
    }

    private List<PromptMessage> FromPrompt(string prompt, string? input, string? response)
    {
        List<PromptMessage> conversation = [new PromptMessage("user", prompt) { Input = string.IsNullOrEmpty(input) ? null : input }];
        if (_withResponse)
        {
            conversation.Add(!string.IsNullOrWhiteSpace(response)
                ? new PromptMessage("assistant", response)
                : throw Wrong(_response, "the response is empty. Fill it in, or take the row out"));
        }
        return conversation;
    }

    private List<PromptMessage> FromMessages(string json)
    {
        List<PromptMessage> conversation;
        try
        {
            conversation = [.. PromptMessage.ListFromJson(json)];
        }
        catch (InvalidDataException error)
        {
            throw Wrong(_messages, error.Message, error);
        }
        if (!_withResponse && conversation is [.., { Role: "assistant" }])
        {
            conversation.RemoveAt(conversation.Count - 1);  // the turn to be completed
        }
        if (_withResponse && !conversation.Exists(m => m is { Role: "assistant" } and ({ Content.Length: > 0 } or { Fields: not null })))
        {
            throw Wrong(_messages, "no message of the assistant has anything to learn");
        }
        return conversation.Count > 0 ? conversation : throw Wrong(_messages, "there is no message before the assistant's");
    }

    private static InvalidDataException Wrong(DataViewSchema.Column? column, string what, Exception? cause = null) =>
        new($"column '{column!.Value.Name}': {what}", cause);

    private static DataViewSchema.Column? Find(DataViewSchema schema, string? name) =>
        name is null || schema.GetColumnOrNull(name) is not { Type: TextDataViewType } column ? null : column;

    private static DataViewSchema.Column? FindText(DataViewSchema schema, string? name, string option) =>
        name is not null && schema.GetColumnOrNull(name) is { Type: not TextDataViewType } column
            ? throw new ArgumentOutOfRangeException(
                nameof(schema),
                $"Column '{name}' is {column.Type} and must be text to be part of a prompt. Convert it, or set {option} to null.")
            : Find(schema, name);

    private static Func<string>? TextOf(DataViewRow row, DataViewSchema.Column? column)
    {
        if (column is null)
        {
            return null;
        }
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column.Value);
        ReadOnlyMemory<char> value = default;
        return () =>
        {
            getter(ref value);
            return value.ToString();
        };
    }
}
