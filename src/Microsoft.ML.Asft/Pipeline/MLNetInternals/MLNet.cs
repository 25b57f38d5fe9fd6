using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Asft.Pipeline.MLNetInternals;

/// <summary>
/// What the library needs of ML.NET and ML.NET keeps internal. With the model file (AsftTransformer.ModelFile.cs) beside it, this is
/// every such use: an update of ML.NET has these to look at.
/// </summary>
internal static class MLNet
{
    /// <summary>The environment that a catalog was made by.</summary>
    public static IHostEnvironment EnvironmentOf(TransformsCatalog catalog) => catalog.GetEnvironment();

    /// <inheritdoc cref="EnvironmentOf(TransformsCatalog)"/>
    public static IHostEnvironment EnvironmentOf(ModelOperationsCatalog catalog) => catalog.GetEnvironment();

    /// <inheritdoc cref="EnvironmentOf(TransformsCatalog)"/>
    public static IHostEnvironment EnvironmentOf(DataOperationsCatalog catalog) => catalog.GetEnvironment();

    /// <summary>The seed of an <see cref="MLContext"/>; none where it has none.</summary>
    public static int? SeedOf(IHostEnvironment env) => (env as IHostEnvironmentInternal)?.Seed;

    /// <summary>Which GPU an <see cref="MLContext"/> asks for, and whether the CPU will do where there is none.</summary>
    public static (int? GpuDeviceId, bool FallbackToCpu) DeviceOf(IHostEnvironment env) =>
        env is IHostEnvironmentInternal settings ? (settings.GpuDeviceId, settings.FallbackToCpu) : (null, false);

    /// <summary>A column of one value in the shape of a schema.</summary>
    public static SchemaShape.Column ColumnShape(string name, DataViewType type) =>
        new(name, SchemaShape.Column.VectorKind.Scalar, type, isKey: false);

    /// <summary>The exception that ML.NET's own components throw for a column of the wrong type.</summary>
    public static Exception SchemaMismatch(IHost host, string role, string name, DataViewType wanted, DataViewType found) =>
        host.ExceptSchemaMismatch("inputSchema", role, name, wanted.ToString(), found.ToString());
}
