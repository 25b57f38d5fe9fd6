namespace Microsoft.ML.Asft.Generation;

/// <summary>The completion of a prompt.</summary>
/// <param name="Text">The text, up to the stop string if there was one.</param>
/// <param name="TokenIds">Its tokens, without the one that ended it, but with those of a stop string.</param>
/// <param name="FinishReason">Why it ended.</param>
public sealed record Completion(string Text, IReadOnlyList<int> TokenIds, FinishReason FinishReason)
{
    /// <summary>Gets the number of tokens of the prompt.</summary>
    public int PromptTokenCount { get; init; }

    /// <summary>
    /// Gets the log-probability of each token of <see cref="TokenIds"/>, if <see cref="GenerationOptions.TopLogProbabilities"/>
    /// asked for them; empty otherwise.
    /// </summary>
    public IReadOnlyList<TokenLogProbability> LogProbabilities { get; init; } = [];

    /// <summary>Gets the mean of <see cref="LogProbabilities"/> (natural logarithm); NaN if there are none.</summary>
    public double MeanLogProbability => LogProbabilities.Count == 0 ? double.NaN : LogProbabilities.Average(token => (double)token.LogProbability);
}
