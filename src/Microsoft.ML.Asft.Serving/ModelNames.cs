namespace Microsoft.ML.Asft.Serving;

/// <summary>The name of a model in requests.</summary>
internal static class ModelNames
{
    /// <summary>The name of the model's folder.</summary>
    public static string Of(AsftTransformer model) => model.Options.ModelPath is { Length: > 0 } folder
        ? Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))
        : "asft";
}
