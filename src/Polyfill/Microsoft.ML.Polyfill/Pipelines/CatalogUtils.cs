using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How extension methods of a catalog find its environment.</summary>
internal static class CatalogUtils
{
    public static IHostEnvironment GetEnvironment(this IInternalCatalog catalog)
        => Contracts.CheckRef(catalog, nameof(catalog)).Environment;
}
