namespace Microsoft.ML.Asft.Hub;

/// <summary>The progress of a download.</summary>
/// <param name="File">The file of the last received piece.</param>
/// <param name="Received">The received bytes of all files.</param>
/// <param name="Total">The bytes of all files.</param>
/// <param name="FilesDone">The number of complete and checked files.</param>
/// <param name="Files">The number of files.</param>
public readonly record struct HubProgress(string File, long Received, long Total, int FilesDone, int Files);
