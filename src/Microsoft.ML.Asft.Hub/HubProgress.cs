namespace Microsoft.ML.Asft.Hub;

/// <summary>How far a download is.</summary>
/// <param name="File">The file that something came in of.</param>
/// <param name="Received">The bytes of all files that are there.</param>
/// <param name="Total">The bytes of all files.</param>
/// <param name="FilesDone">The files that are complete and checked.</param>
/// <param name="Files">The number of files.</param>
public readonly record struct HubProgress(string File, long Received, long Total, int FilesDone, int Files);
