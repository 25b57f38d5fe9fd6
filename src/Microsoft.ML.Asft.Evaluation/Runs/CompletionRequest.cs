namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>How prompts of an evaluation are completed.</summary>
/// <param name="MaxNewTokens">The most tokens of a completion.</param>
/// <param name="Stops">Texts that end a completion.</param>
/// <param name="Temperature">What tokens are drawn at; 0 is greedy.</param>
/// <param name="Seed">The seed of drawing.</param>
/// <param name="FirstItem">The place of the first prompt among all, which goes into its seed.</param>
internal sealed record CompletionRequest(
    int MaxNewTokens, IReadOnlyList<string> Stops, double Temperature = 0, int Seed = 0, int FirstItem = 0);
