using Microsoft.ML.Asft.Text;
using Microsoft.ML.Data;

namespace Microsoft.ML.Asft;

/// <summary>Adds the completion column to a schema, and to single rows; the columns of the input keep their places.</summary>
internal sealed class AsftRowMapper : IRowToRowMapper
{
    public AsftRowMapper(AsftTransformer transformer, DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        Transformer = transformer;
        InputSchema = inputSchema;
        Columns = ExampleReader.PromptColumns(transformer.Host, inputSchema, transformer.Options);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        builder.AddColumn(transformer.Options.OutputColumnName, TextDataViewType.Instance);
        OutputSchema = builder.ToSchema();
    }

    public AsftTransformer Transformer { get; }

    public DataViewSchema InputSchema { get; }

    public DataViewSchema OutputSchema { get; }

    /// <summary>Gets the columns that a prompt is made of.</summary>
    public PromptColumns Columns { get; }

    /// <summary>Whether a column of the output schema is the completion.</summary>
    public bool IsCompletion(DataViewSchema.Column column) => column.Index == InputSchema.Count;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var depending = dependingColumns.ToArray();
        var passed = depending.Where(c => !IsCompletion(c)).Select(c => InputSchema[c.Index]);
        var needed = depending.Any(IsCompletion) ? Columns.All : [];
        return passed.Concat(needed).DistinctBy(c => c.Index);
    }

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        return input.Schema == InputSchema ? new AsftRow(this, input, activeColumns) : throw new ArgumentException(
            "The row has another schema than this mapper was made for.", nameof(input));
    }
}
