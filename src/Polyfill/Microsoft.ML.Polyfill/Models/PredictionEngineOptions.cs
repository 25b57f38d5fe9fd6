using Microsoft.ML.Data;

namespace Microsoft.ML;

/// <summary>How a <see cref="PredictionEngine{TSrc, TDst}"/> binds its classes.</summary>
public sealed class PredictionEngineOptions
{
    /// <summary>Whether members of the output class may lack a column. The default is true.</summary>
    public bool IgnoreMissingColumns = true;

    public SchemaDefinition InputSchemaDefinition;

    public SchemaDefinition OutputSchemaDefinition;

    /// <summary>Whether disposing the engine disposes the transformer. The default is true.</summary>
    public bool OwnsTransformer = true;
}
