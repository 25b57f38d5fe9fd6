namespace Microsoft.ML.Asft.Checkpoints.Configuration;

/// <summary>
/// How rotary frequencies are stretched for longer texts: <c>rope_scaling</c> of <c>config.json</c>, or what
/// <c>rope_parameters</c> adds to the base.
/// </summary>
/// <param name="RopeType"><c>linear</c>, <c>dynamic</c>, <c>llama3</c> or <c>yarn</c>.</param>
/// <param name="Factor">How many times longer; 1 or more.</param>
public sealed record RopeScaling(string RopeType, double Factor)
{
    /// <summary>Gets the types there are.</summary>
    internal static readonly IReadOnlyList<string> Types = ["linear", "dynamic", "llama3", "yarn"];

    /// <summary>
    /// Gets the length in tokens that the frequencies were made for; <c>max_position_embeddings</c> where the file does not
    /// say, and always with <c>linear</c> and <c>dynamic</c>.
    /// </summary>
    public int OriginalMaxPositionEmbeddings { get; init; }

    /// <summary>Gets, for <c>llama3</c>, the bound of the low frequencies, those divided by <see cref="Factor"/>; 1 by default.</summary>
    public double LowFreqFactor { get; init; } = 1;

    /// <summary>Gets, for <c>llama3</c>, the bound of the high frequencies, those that stay; 4 by default.</summary>
    public double HighFreqFactor { get; init; } = 4;

    /// <summary>Gets, for <c>yarn</c>, the rotations from which on a frequency stays. The default value is 32.</summary>
    public double BetaFast { get; init; } = 32;

    /// <summary>Gets, for <c>yarn</c>, the rotations up to which a frequency is divided by <see cref="Factor"/>; 1 by default.</summary>
    public double BetaSlow { get; init; } = 1;

    /// <summary>
    /// Gets, for <c>yarn</c>, what cosine and sine are multiplied by; <see langword="null"/> for the paper's
    /// <c>0.1·ln(Factor) + 1</c> (arXiv 2309.00071, equation 22).
    /// </summary>
    public double? AttentionFactor { get; init; }

    /// <summary>Gets, for <c>yarn</c>, whether the bounds are rounded to whole dimensions; <see langword="true"/> by default.</summary>
    public bool Truncate { get; init; } = true;
}
