namespace Microsoft.ML.Asft.Hub;

/// <summary>A downloaded repository.</summary>
/// <param name="Repository">The repository.</param>
/// <param name="Commit">The commit of the revision.</param>
/// <param name="Folder">The folder with the files.</param>
/// <param name="Files">The verified files.</param>
public sealed record HubSnapshot(string Repository, string Commit, string Folder, IReadOnlyList<HubFile> Files);
