namespace Microsoft.ML.Asft.Generation;

/// <summary>One token's news of a completion.</summary>
/// <param name="Sample">Which of the request's completions, from 0.</param>
/// <param name="Text">The text that has become certain; often none, where a character or a stop string may be under way.</param>
/// <param name="Token">The token; none where an end-of-sequence token ended the completion.</param>
/// <param name="FinishReason">Why it ended, with its last update.</param>
public readonly record struct CompletionUpdate(int Sample, string Text, TokenLogProbability? Token, FinishReason? FinishReason);
