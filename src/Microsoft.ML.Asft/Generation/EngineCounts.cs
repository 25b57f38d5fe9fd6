namespace Microsoft.ML.Asft.Generation;

/// <summary>What a <see cref="CompletionEngine"/> is doing and has done.</summary>
/// <param name="Waiting">Requests without a place yet.</param>
/// <param name="Running">Completions under way.</param>
/// <param name="PromptTokens">Tokens of prompts so far.</param>
/// <param name="CompletionTokens">Tokens of completions so far, those that ended them included.</param>
/// <param name="Steps">Passes of the batch so far.</param>
public readonly record struct EngineCounts(int Waiting, int Running, long PromptTokens, long CompletionTokens, long Steps);
