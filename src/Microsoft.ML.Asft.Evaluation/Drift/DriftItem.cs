namespace Microsoft.ML.Asft.Evaluation.Drift;

/// <summary>The drift of a model from its base on one row, for each token of the response.</summary>
public sealed record DriftItem
{
    /// <summary>Gets the row's index, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Gets the response's tokens.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>Gets the divergence from the base at each token's prediction, in nats.</summary>
    public required IReadOnlyList<float> Kl { get; init; }

    /// <summary>Gets the log-probability of each token, in nats.</summary>
    public required IReadOnlyList<float> LogProbability { get; init; }

    /// <summary>Gets the log-probability of each token with the base, in nats.</summary>
    public required IReadOnlyList<float> BaseLogProbability { get; init; }

    /// <summary>Gets the number of tokens that were the likeliest.</summary>
    public required int Correct { get; init; }
}
