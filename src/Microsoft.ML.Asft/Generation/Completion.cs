namespace Microsoft.ML.Asft.Generation;

/// <summary>What a model added to a prompt.</summary>
/// <param name="Text">The text.</param>
/// <param name="TokenIds">Its tokens, without the one that ended it.</param>
/// <param name="FinishReason">Why it ended.</param>
public sealed record Completion(string Text, IReadOnlyList<int> TokenIds, FinishReason FinishReason);
