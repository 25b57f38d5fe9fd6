namespace Microsoft.ML.Asft.Generation;

/// <summary>How likely a model found a token.</summary>
/// <param name="TokenId">The token.</param>
/// <param name="LogProbability">The natural logarithm of its probability, before penalties and temperature.</param>
public sealed record TokenLogProbability(int TokenId, float LogProbability)
{
    /// <summary>Gets the likeliest tokens at that place, the likeliest first, where they were asked for.</summary>
    public IReadOnlyList<TokenLogProbability> Top { get; init; } = [];
}
