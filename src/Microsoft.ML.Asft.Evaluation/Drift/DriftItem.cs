namespace Microsoft.ML.Asft.Evaluation.Drift;

/// <summary>How far a model is from its base on one row, token by token of the response.</summary>
public sealed record DriftItem
{
    /// <summary>Gets the row's place, from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Gets the response's tokens.</summary>
    public required IReadOnlyList<int> Tokens { get; init; }

    /// <summary>Gets the divergence from the base where each token is predicted, in nats.</summary>
    public required IReadOnlyList<float> Kl { get; init; }

    /// <summary>Gets the log-probability of each token, in nats.</summary>
    public required IReadOnlyList<float> LogProbability { get; init; }

    /// <summary>Gets the log-probability of each token with the base, in nats.</summary>
    public required IReadOnlyList<float> BaseLogProbability { get; init; }

    /// <summary>Gets how many of the tokens were the likeliest.</summary>
    public required int Correct { get; init; }
}
