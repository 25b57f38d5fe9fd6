using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>What turns one data view into another, lazily.</summary>
public interface ITransformer : ICanSaveModel
{
    DataViewSchema GetOutputSchema(DataViewSchema inputSchema);

    IDataView Transform(IDataView input);

    bool IsRowToRowMapper { get; }

    /// <summary>Throws when <see cref="IsRowToRowMapper"/> is false or the schema does not suit.</summary>
    IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema);
}
