namespace Microsoft.ML;

/// <summary>What learns a transformer from data.</summary>
public interface IEstimator<out TTransformer>
    where TTransformer : ITransformer
{
    TTransformer Fit(IDataView input);

    /// <summary>The columns that the fitted transformer will give for such an input.</summary>
    SchemaShape GetOutputSchema(SchemaShape inputSchema);
}
