namespace Microsoft.ML.Asft.Evaluation.Runs;

/// <summary>The settings of an evaluation's completions.</summary>
/// <param name="MaxNewTokens">The maximum number of tokens of a completion.</param>
/// <param name="Stops">Texts that end a completion.</param>
/// <param name="Temperature">The sampling temperature; 0 is greedy.</param>
/// <param name="Seed">The seed for sampling.</param>
/// <param name="FirstItem">The index of the first prompt among all; it is part of the seed.</param>
internal sealed record CompletionSettings(
    int MaxNewTokens, IReadOnlyList<string> Stops, double Temperature = 0, int Seed = 0, int FirstItem = 0);
