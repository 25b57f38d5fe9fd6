using Microsoft.ML.Asft.Options;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Data;

/// <summary>
/// The columns of a schema that hold a conversation: a whole conversation as JSON, or prompt, response and their
/// additions.
/// </summary>
internal sealed class PromptColumns
{
    // Columns that would change the meaning of a row and that these models cannot read.
    private static readonly string[] RefusedNames = ["functions", "image", "images", "audio", "audios", "video", "videos"];

    /// <param name="schema">The schema, which has the columns that <paramref name="options"/> require.</param>
    /// <param name="options">The names.</param>
    /// <param name="withResponse">Whether to read the response too, for training.</param>
    /// <exception cref="ArgumentOutOfRangeException">The input or the system column is not text.</exception>
    public PromptColumns(DataViewSchema schema, AsftOptions options, bool withResponse)
    {
        WithResponse = withResponse;
        Turns = options.Data.TrainedTurns;
        Messages = Find(schema, ColumnNames.Messages(options));
        Prompt = Find(schema, ColumnNames.Prompt(options));
        Response = withResponse ? Find(schema, ColumnNames.Response(options)) : [];
        Input = FindText(schema, options.Data.InputColumnName, "Data.InputColumnName");
        System = FindText(schema, options.Data.SystemColumnName, "Data.SystemColumnName");
        Tools = Find(schema, options.Data.ToolsColumnName);
        TemplateArguments = Find(schema, options.Data.TemplateArgumentsColumnName);
        Documents = Find(schema, "documents");
        Refused = Find(schema, RefusedNames);
        string[] read = [.. All.Select(column => column.Name), .. options.Data.WeightColumnName is { } weight ? new[] { weight } : []];
        Others = [.. schema.Where(column => !column.IsHidden && !read.Contains(column.Name))];
    }

    public bool WithResponse { get; }

    public TrainedTurns Turns { get; }

    public IReadOnlyList<DataViewSchema.Column> Messages { get; }

    public IReadOnlyList<DataViewSchema.Column> Prompt { get; }

    public IReadOnlyList<DataViewSchema.Column> Response { get; }

    public DataViewSchema.Column? Input { get; }

    public DataViewSchema.Column? System { get; }

    public DataViewSchema.Column? Tools { get; }

    public DataViewSchema.Column? TemplateArguments { get; }

    public DataViewSchema.Column? Documents { get; }

    /// <summary>Gets the columns that must be empty.</summary>
    public IReadOnlyList<DataViewSchema.Column> Refused { get; }

    /// <summary>Gets the columns that are not part of a conversation.</summary>
    public IReadOnlyList<DataViewSchema.Column> Others { get; }

    /// <summary>Gets the columns that are read.</summary>
    public IEnumerable<DataViewSchema.Column> All =>
    [
        .. Messages, .. Prompt, .. Response, .. Refused,
        .. new[] { Input, System, Tools, TemplateArguments, Documents }.Where(c => c is not null).Select(c => c!.Value),
    ];

    /// <summary>Makes a reader for the conversation of a cursor's current row.</summary>
    public ConversationReader ReaderOf(DataViewRow row) => new(this, row);

    private static DataViewSchema.Column[] Find(DataViewSchema schema, IReadOnlyList<string> names) =>
        [.. names.Select(name => Find(schema, name)).Where(column => column is not null).Select(column => column!.Value)];

    private static DataViewSchema.Column? Find(DataViewSchema schema, string? name) =>
        name is null || schema.GetColumnOrNull(name) is not { Type: TextDataViewType } column ? null : column;

    private static DataViewSchema.Column? FindText(DataViewSchema schema, string? name, string option) =>
        name is not null && schema.GetColumnOrNull(name) is { Type: not TextDataViewType } column
            ? throw new ArgumentOutOfRangeException(
                nameof(schema),
                $"Column '{name}' is {column.Type}, but it must be text to be part of a prompt. Convert it, or set {option} to null.")
            : Find(schema, name);
}
