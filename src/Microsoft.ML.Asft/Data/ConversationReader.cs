using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Asft.Data.Formats;
using Microsoft.ML.Asft.Options;
using Microsoft.ML.Asft.Templates;
using Microsoft.ML.Asft.Training.Distributed;

namespace Microsoft.ML.Asft.Data;

/// <summary>Reads the conversation of a cursor's current row, and counts what it leaves out.</summary>
internal sealed class ConversationReader
{
    private static readonly JsonDocumentOptions Json = new() { AllowDuplicateProperties = false };

    private readonly PromptColumns _columns;
    private readonly Dictionary<string, Func<string>> _texts;
    private readonly SortedDictionary<string, long> _unused = new(StringComparer.Ordinal);

    public ConversationReader(PromptColumns columns, DataViewRow row)
    {
        _columns = columns;
        _texts = columns.All.DistinctBy(column => column.Name).ToDictionary(column => column.Name, column => TextOf(row, column), StringComparer.Ordinal);
    }

    /// <summary>Gets the filled columns that the conversation did not need, with the number of rows.</summary>
    public IReadOnlyDictionary<string, long> Unused => _unused;

    /// <summary>Reads the conversation.</summary>
    /// <exception cref="InvalidDataException">The message names the column and the problem. The caller adds the row.</exception>
    public Conversation Read()
    {
        foreach (DataViewSchema.Column column in _columns.Refused)
        {
            if (!IsBlank(Text(column)))
            {
                throw Wrong(column, column.Name == "functions"
                    ? "it is OpenAI's older form of tools; rename it to 'tools', or remove it"
                    : "these models take only text; remove the column, or leave it empty");
            }
        }
        List<PromptMessage> messages = ReadMessages();
        if (Text(_columns.System) is { Length: > 0 } said)
        {
            if (messages is [{ Role: "system" }, ..])
            {
                CountUnused(_columns.System);
            }
            else
            {
                messages.Insert(0, new PromptMessage("system", said));
            }
        }
        if (_columns.WithResponse && !messages.Exists(IsLearnt))
        {
            throw new InvalidDataException(
                $"{(_columns.Messages.Count > 0 ? $"column '{_columns.Messages[0].Name}': " : "")}no message of the assistant has anything to learn");
        }
        JsonObject? arguments = Parse<JsonObject>(_columns.TemplateArguments, "an object, {\"enable_thinking\": false}");
        if (Parse<JsonArray>(_columns.Documents, "a list") is { Count: > 0 } documents)
        {
            (arguments ??= [])["documents"] = documents;
        }
        return new Conversation(_columns.Turns == TrainedTurns.Last ? LearnLast(messages) : messages)
        {
            Tools = Parse<JsonArray>(_columns.Tools, "a list of tools, [{\"type\": \"function\", …}]") is { Count: > 0 } tools ? tools : null,
            TemplateArguments = arguments is { Count: > 0 } ? arguments : null,
        };
    }

    private List<PromptMessage> ReadMessages()
    {
        bool hasPrompt = _columns.Prompt.Count > 0 && (!_columns.WithResponse || _columns.Response.Count > 0);
        if (Filled(_columns.Messages) is { } column)
        {
            foreach (DataViewSchema.Column other in _columns.Prompt.Concat(_columns.Response))
            {
                CountUnused(other);
            }
            CountUnused(_columns.Input);
            return FromMessages(column);
        }
        if (!hasPrompt)
        {
            throw Wrong(_columns.Messages[0], "the row has none, and no other column with a conversation");
        }
        return FromPrompt(Filled(_columns.Prompt) ?? _columns.Prompt[0]);
    }

    private List<PromptMessage> FromMessages(DataViewSchema.Column column)
    {
        List<PromptMessage> messages = ReadList(column, learn: true);
        if (!_columns.WithResponse && messages is [.., { Role: "assistant" }])
        {
            messages.RemoveAt(messages.Count - 1);  // the turn to complete
        }
        return messages.Count > 0 || _columns.WithResponse ? messages : throw Wrong(column, "there is no message before the assistant's");
    }

    private List<PromptMessage> FromPrompt(DataViewSchema.Column prompt)
    {
        bool isList = IsMessageList(prompt);
        List<PromptMessage> messages;
        if (isList)
        {
            CountUnused(_columns.Input);
            messages = ReadList(prompt, learn: false);
        }
        else
        {
            messages = [new PromptMessage("user", Text(prompt)) { Input = Text(_columns.Input) is { Length: > 0 } input ? input : null }];
        }
        if (!_columns.WithResponse)
        {
            return messages;
        }
        DataViewSchema.Column response = Filled(_columns.Response) ?? _columns.Response[0];
        if (string.IsNullOrWhiteSpace(Text(response)))
        {
            throw Wrong(response, "the response is empty or missing. Fill it in, or remove the row");
        }
        if (IsMessageList(response) != isList)
        {
            throw Wrong(response, $"column '{prompt.Name}' is {(isList ? "a list of messages and this is text" : "text and this is a list of messages")}; "
                + "make both text or both lists");
        }
        return isList ? [.. messages, .. ReadList(response, learn: true)] : [.. messages, new PromptMessage("assistant", Text(response))];
    }

    /// <summary>Whether a value is a list of messages and not text. Anything else is an error.</summary>
    private bool IsMessageList(DataViewSchema.Column column)
    {
        ValueKinds kinds = RowDataView.KindsOf(column);
        string text = Text(column);
        if ((kinds & (ValueKinds.List | ValueKinds.Object | ValueKinds.Cell)) == 0 || text.Length == 0)
        {
            return false;
        }
        return (kinds & (ValueKinds.Text | ValueKinds.Cell)) != 0 ? PromptMessageReader.IsList(text)
            : text[0] == '[' ? true
            : text[0] != '{' ? false
            : throw Wrong(column, "it is an object; it must be text or a list of messages. If the model should read or write JSON, write the JSON as text");
    }

    private List<PromptMessage> ReadList(DataViewSchema.Column column, bool learn)
    {
        try
        {
            return [.. PromptMessageReader.Read(Text(column), learn)];
        }
        catch (InvalidDataException error)
        {
            throw Wrong(column, error.Message, error);
        }
    }

    private T? Parse<T>(DataViewSchema.Column? column, string form)
        where T : JsonNode
    {
        string text = Text(column);
        if (IsBlank(text))
        {
            return null;
        }
        try
        {
            return JsonNode.Parse(text, documentOptions: Json) as T ?? throw Wrong(column!.Value, $"it is not {form}");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw Wrong(column!.Value, $"it is not {form}, in JSON ({error.Message.TrimEnd('.')})", error);
        }
    }

    /// <summary>The first filled column of several. Other filled ones are counted.</summary>
    private DataViewSchema.Column? Filled(IReadOnlyList<DataViewSchema.Column> columns)
    {
        DataViewSchema.Column? first = null;
        foreach (DataViewSchema.Column column in columns)
        {
            if (Text(column).Length == 0)
            {
                continue;
            }
            if (first is null)
            {
                first = column;
            }
            else
            {
                CountUnused(column);
            }
        }
        return first;
    }

    private void CountUnused(DataViewSchema.Column? column)
    {
        if (Text(column).Length > 0)
        {
            _unused[column!.Value.Name] = _unused.GetValueOrDefault(column.Value.Name) + 1;
        }
    }

    private string Text(DataViewSchema.Column? column) => column is { } one ? _texts[one.Name]() : "";

    // Whether a turn has something to learn: words, a tool call, a thought.
    private static bool IsLearnt(PromptMessage message) => message is { Role: "assistant", Learn: true }
        && (message.Content.Length > 0 || (message.Fields?.Any(part => !TemplateFit.IsEmpty(part.Value)) ?? false));

    private static PromptMessage[] LearnLast(List<PromptMessage> messages)
    {
        int last = messages.FindLastIndex(message => message.Role == "assistant");
        return [.. messages.Select((message, i) => i == last || message.Role != "assistant" ? message : message with { Learn = false })];
    }

    private static bool IsBlank(string text) => text.Trim() is "" or "null" or "[]" or "{}";

    private static InvalidDataException Wrong(DataViewSchema.Column column, string what, Exception? cause = null) =>
        new($"column '{column.Name}': {what}", cause);

    private static Func<string> TextOf(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<ReadOnlyMemory<char>> getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        ReadOnlyMemory<char> value = default;
        return () =>
        {
            getter(ref value);
            return value.ToString();
        };
    }
}
