namespace Microsoft.ML.Asft.Generation;

/// <summary>Counts of a <see cref="CompletionEngine"/>'s current and past work.</summary>
/// <param name="Waiting">Waiting requests.</param>
/// <param name="Running">Active completions.</param>
/// <param name="PromptTokens">Tokens of prompts so far.</param>
/// <param name="CompletionTokens">Tokens of completions so far, including end tokens.</param>
/// <param name="Steps">Forward passes of the batch so far.</param>
public readonly record struct EngineCounts(int Waiting, int Running, long PromptTokens, long CompletionTokens, long Steps);
