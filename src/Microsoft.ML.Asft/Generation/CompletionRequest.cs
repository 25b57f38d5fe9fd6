namespace Microsoft.ML.Asft.Generation;

/// <summary>A request to a <see cref="CompletionEngine"/>.</summary>
/// <param name="Prompt">The prompt's tokens, at least one.</param>
/// <param name="Options">The options of generation.</param>
/// <param name="Samples">The number of completions, 1 or more.</param>
public sealed record CompletionRequest(IReadOnlyList<int> Prompt, GenerationOptions Options, int Samples = 1);
