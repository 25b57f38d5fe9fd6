namespace Microsoft.ML.Asft.Generation;

/// <summary>The log-probability of a token in a model.</summary>
/// <param name="TokenId">The token.</param>
/// <param name="LogProbability">The natural logarithm of its probability, before penalties and temperature.</param>
public sealed record TokenLogProbability(int TokenId, float LogProbability)
{
    /// <summary>Gets the likeliest tokens at that position, the likeliest first, if they were requested.</summary>
    public IReadOnlyList<TokenLogProbability> Top { get; init; } = [];
}
