namespace Microsoft.ML.Asft.Hub;

/// <summary>A download: the repository, the files and the folder.</summary>
public sealed class HubRequest
{
    /// <summary>Gets the repository's name, such as <c>Qwen/Qwen2.5-0.5B</c>.</summary>
    public required string Repository { get; init; }

    /// <summary>Gets whether it is a data set's repository instead of a model's.</summary>
    /// <value>The default value is <see langword="false"/>.</value>
    public bool IsDataset { get; init; }

    /// <summary>Gets the branch, tag or commit.</summary>
    /// <value>The default value is <c>main</c>.</value>
    public string Revision { get; init; } = "main";

    /// <summary>
    /// Gets patterns; a file's path must match one of them. <c>*</c> matches any characters, also slashes, and <c>?</c> matches one.
    /// </summary>
    /// <value>The default value is none: every file.</value>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>Gets the folder for the files; it is created if it does not exist.</summary>
    public required string OutputFolder { get; init; }
}
