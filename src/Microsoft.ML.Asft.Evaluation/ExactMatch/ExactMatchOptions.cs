using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Evaluation.Runs;

namespace Microsoft.ML.Asft.Evaluation.ExactMatch;

/// <summary>The options of an exact-match evaluation.</summary>
public sealed class ExactMatchOptions : EvaluationOptions
{
    /// <summary>Gets or sets the number of sampled completions of each row, besides the greedy one.</summary>
    /// <value>0 to 1024. The default value is 0.</value>
    [Range(0, 1024)]
    public int Samples { get; set; }

    /// <summary>Gets or sets their temperature.</summary>
    /// <value>More than 0. The default value is 1.</value>
    [Range(double.Epsilon, 100.0)]
    public double Temperature { get; set; } = 1;

    /// <summary>Gets or sets the maximum number of tokens of a completion.</summary>
    /// <value>1 or more. The default value is 256.</value>
    [Range(1, 1 << 20)]
    public int MaxNewTokens { get; set; } = 256;
}
