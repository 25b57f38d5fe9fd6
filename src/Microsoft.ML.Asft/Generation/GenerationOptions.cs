using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Generation;

/// <summary>How completions are made. Decoding is greedy: the likeliest token each time.</summary>
public sealed class GenerationOptions
{
    /// <summary>Gets or sets the most tokens that a completion gets.</summary>
    /// <value>1 or more. The default value is 256.</value>
    [Range(1, 1 << 20)]
    public int MaxNewTokens { get; set; } = 256;

    /// <summary>Gets or sets how many prompts are completed at once.</summary>
    /// <value>1 or more. The default value is 8.</value>
    [Range(1, 4096)]
    public int BatchSize { get; set; } = 8;
}
