namespace Microsoft.ML.Asft.Generation;

/// <summary>What a <see cref="CompletionEngine"/> is asked for.</summary>
/// <param name="Prompt">The prompt's tokens, one at least.</param>
/// <param name="Options">How it is completed.</param>
/// <param name="Samples">How many completions, 1 or more.</param>
public sealed record CompletionRequest(IReadOnlyList<int> Prompt, GenerationOptions Options, int Samples = 1);
