using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Evaluation.Runs;

namespace Microsoft.ML.Asft.Evaluation.ExactMatch;

/// <summary>How completions are compared with responses.</summary>
public sealed class ExactMatchOptions : EvaluationOptions
{
    /// <summary>Gets or sets how many completions of each row are drawn, beside the greedy one.</summary>
    /// <value>0 to 1024. The default value is 0.</value>
    [Range(0, 1024)]
    public int Samples { get; set; }

    /// <summary>Gets or sets the temperature that they are drawn at.</summary>
    /// <value>More than 0. The default value is 1.</value>
    [Range(double.Epsilon, 100.0)]
    public double Temperature { get; set; } = 1;

    /// <summary>Gets or sets the most tokens of a completion.</summary>
    /// <value>1 or more. The default value is 256.</value>
    [Range(1, 1 << 20)]
    public int MaxNewTokens { get; set; } = 256;
}
