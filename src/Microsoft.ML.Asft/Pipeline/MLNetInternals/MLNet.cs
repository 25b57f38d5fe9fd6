using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Asft.Pipeline.MLNetInternals;

/// <summary>
/// The library's uses of internal members of ML.NET. Together with <see cref="ModelFile"/> these are all of them, so an update of ML.NET
/// has to check only this folder.
/// </summary>
internal static class MLNet
{
    /// <summary>The environment that a catalog belongs to.</summary>
    public static IHostEnvironment EnvironmentOf(TransformsCatalog catalog) => catalog.GetEnvironment();

    /// <inheritdoc cref="EnvironmentOf(TransformsCatalog)"/>
    public static IHostEnvironment EnvironmentOf(ModelOperationsCatalog catalog) => catalog.GetEnvironment();

    /// <inheritdoc cref="EnvironmentOf(TransformsCatalog)"/>
    public static IHostEnvironment EnvironmentOf(DataOperationsCatalog catalog) => catalog.GetEnvironment();

    /// <summary>The seed of an <see cref="MLContext"/>; <see langword="null"/> if it has none.</summary>
    public static int? SeedOf(IHostEnvironment env) => (env as IHostEnvironmentInternal)?.Seed;

    /// <summary>The GPU that an <see cref="MLContext"/> asks for, and whether to use the CPU if there is no GPU.</summary>
    public static (int? GpuDeviceId, bool FallbackToCpu) DeviceOf(IHostEnvironment env) =>
        env is IHostEnvironmentInternal settings ? (settings.GpuDeviceId, settings.FallbackToCpu) : (null, false);

    /// <summary>A scalar column of a schema's shape.</summary>
    public static SchemaShape.Column ColumnShape(string name, DataViewType type) =>
        new(name, SchemaShape.Column.VectorKind.Scalar, type, isKey: false);

    /// <summary>The exception that ML.NET's own components throw for a column of the wrong type.</summary>
    public static Exception SchemaMismatch(IHost host, string role, string name, DataViewType wanted, DataViewType found) =>
        host.ExceptSchemaMismatch("inputSchema", role, name, wanted.ToString(), found.ToString());
}
