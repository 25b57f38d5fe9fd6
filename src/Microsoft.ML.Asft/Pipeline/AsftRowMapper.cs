
using Microsoft.ML.Asft.Data;
using Microsoft.ML.Asft.Data.Examples;
using Microsoft.ML.Asft.Generation;
using Microsoft.ML.Asft.Training.Distributed;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft.Pipeline;

/// <summary>Adds the columns of completions to a schema and to single rows. They come after the columns of the input.</summary>
internal sealed class AsftRowMapper : IRowToRowMapper
{
    private readonly IReadOnlyList<CompletionColumn> _added;

    public AsftRowMapper(AsftTransformer transformer, DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        Transformer = transformer;
        InputSchema = inputSchema;
        Columns = ExampleReader.PromptColumns(transformer.Host, inputSchema, transformer.Options);
        _added = CompletionColumn.Of(transformer.Options);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        foreach (var column in _added)
        {
            builder.AddColumn(column.Name, column.Type);
        }

        OutputSchema = builder.ToSchema();
    }

    public AsftTransformer Transformer { get; }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    /// <summary>Gets the input columns that prompts are read from.</summary>
    public PromptColumns Columns { get; }

    /// <summary>The added column at a column of the output schema; <see langword="null"/> for a column of the input.</summary>
    public CompletionColumn? AddedAt(DataViewSchema.Column column) =>
        column.Index < InputSchema.Count ? null : _added[column.Index - InputSchema.Count];

    /// <summary>The generation options that the active columns need; <see langword="null"/> if none of them needs a completion.</summary>
    public GenerationOptions? OptionsFor(bool[] active)
    {
        var wanted = _added.Where((_, i) => active[InputSchema.Count + i]).ToArray();
        var options = Transformer.Options.Generation;
        if (Array.Exists(wanted, column => column.NeedsLogProbabilities) && options.TopLogProbabilities is null)
        {
            options = options.Clone();
            options.TopLogProbabilities = 0;
        }

        return wanted.Length == 0 ? null : options;
    }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var depending = dependingColumns.ToArray();
        var passed = depending.Where(c => AddedAt(c) is null).Select(c => InputSchema[c.Index]);
        var needed = depending.Any(c => AddedAt(c) is not null) ? Columns.All : [];
        return passed.Concat(needed).DistinctBy(c => c.Index);
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Schema == InputSchema ? new AsftRow(this, input, activeColumns) : throw new ArgumentException(
            "The row's schema is not the one that this mapper was created for.", nameof(input));
    }
}
