namespace Microsoft.ML.Asft.Generation;

/// <summary>The update of a completion after one token.</summary>
/// <param name="Sample">Which of the request's completions, from 0.</param>
/// <param name="Text">The text that is now final; often none, because a character or a stop string may be incomplete.</param>
/// <param name="Token">The token; null if an end-of-sequence token ended the completion.</param>
/// <param name="FinishReason">Why it ended, with its last update.</param>
public readonly record struct CompletionUpdate(int Sample, string Text, TokenLogProbability? Token, FinishReason? FinishReason);
