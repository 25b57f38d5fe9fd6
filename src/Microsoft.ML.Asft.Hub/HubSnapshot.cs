namespace Microsoft.ML.Asft.Hub;

/// <summary>What was downloaded.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Commit">The commit that the revision stood for.</param>
/// <param name="Folder">The folder with the files.</param>
/// <param name="Files">The files, each of the right length and content.</param>
public sealed record HubSnapshot(string Repository, string Commit, string Folder, IReadOnlyList<HubFile> Files);
