namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>
/// The scaling of rotary frequencies for longer texts: <c>rope_scaling</c> of <c>config.json</c>, or the corresponding part of
/// <c>rope_parameters</c>.
/// </summary>
/// <param name="RopeType"><c>linear</c>, <c>dynamic</c>, <c>llama3</c>, <c>yarn</c> or <c>longrope</c>.</param>
/// <param name="Factor">The scale of the length; 1 or more.</param>
public sealed record RopeScaling(string RopeType, double Factor)
{
    /// <summary>Gets the supported types.</summary>
    internal static readonly IReadOnlyList<string> Types = ["linear", "dynamic", "llama3", "yarn", "longrope"];

    /// <summary>
    /// Gets the length in tokens that the frequencies were made for; <c>max_position_embeddings</c> if the file does not
    /// say, and always with <c>linear</c> and <c>dynamic</c>.
    /// </summary>
    public int OriginalMaxPositionEmbeddings { get; init; }

    /// <summary>
    /// Gets, for <c>llama3</c>, the bound of the low frequencies, which are divided by <see cref="Factor"/>; 1 by default.
    /// </summary>
    public double LowFreqFactor { get; init; } = 1;

    /// <summary>Gets, for <c>llama3</c>, the bound of the high frequencies, which do not change; 4 by default.</summary>
    public double HighFreqFactor { get; init; } = 4;

    /// <summary>Gets, for <c>yarn</c>, the number of rotations from which a frequency does not change. The default value is 32.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>
    /// Gets, for <c>yarn</c>, the number of rotations up to which a frequency is divided by <see cref="Factor"/>; 1 by default.
    /// </summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>
    /// Gets, for <c>yarn</c> and <c>longrope</c>, the factor of cosine and sine; <see langword="null"/> for the papers' factors,
    /// <c>0.1·ln(Factor) + 1</c> (arXiv 2309.00071, equation 22) and <c>√(1 + ln(Factor)/ln(OriginalMaxPositionEmbeddings))</c> (arXiv 2402.13753).
    /// </summary>
    public double? AttentionFactor { get; init; }

    /// <summary>Gets, for <c>yarn</c>, whether the bounds are rounded to whole dimensions; <see langword="true"/> by default.</summary>
    public bool Truncate { get; init; } = true;

    /// <summary>Gets the divisors of the frequencies for <c>longrope</c>; <see langword="null"/> for other types.</summary>
    public LongRopeFactors? LongRope { get; init; }
}
