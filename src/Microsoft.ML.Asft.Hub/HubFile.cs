namespace Microsoft.ML.Asft.Hub;

/// <summary>A file of a repository.</summary>
/// <param name="Path">Its path within the repository, with slashes.</param>
/// <param name="Size">Its length in bytes.</param>
/// <param name="Sha256">Its SHA-256 in hexadecimal, if the Hub stores it as a large file; else <see langword="null"/>.</param>
/// <param name="BlobId">
/// Its id as a git blob, which is a SHA-1, if the repository itself holds it; else <see langword="null"/>.
/// </param>
public sealed record HubFile(string Path, long Size, string? Sha256, string? BlobId);
