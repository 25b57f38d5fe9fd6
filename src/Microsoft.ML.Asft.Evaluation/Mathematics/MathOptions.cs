using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Evaluation.Runs;

namespace Microsoft.ML.Asft.Evaluation.Mathematics;

/// <summary>The options of an evaluation on mathematical problems.</summary>
public sealed class MathOptions : EvaluationOptions
{
    /// <summary>
    /// Gets or sets the prompt: <c>alpaca</c> or <c>qwen-math-cot</c>, the official evaluation's, or <c>auto</c>: the problem in the
    /// model's own
    /// template.
    /// </summary>
    /// <value>The default value is <c>alpaca</c>.</value>
    [Required]
    public string Prompt { get; set; } = MathPrompt.Alpaca;

    /// <summary>Gets or sets worked examples in front of each problem.</summary>
    /// <value>Rows of a problem and a solution. The default value is <see langword="null"/>: none.</value>
    public IDataView? FewShot { get; set; }

    /// <summary>Gets or sets the number of sampled solutions of each problem, besides the greedy one.</summary>
    /// <value>0 to 1024. The default value is 0. The paper uses 16.</value>
    [Range(0, 1024)]
    public int Samples { get; set; }

    /// <summary>Gets or sets their temperature.</summary>
    /// <value>More than 0. The default value is 1, the paper's.</value>
    [Range(double.Epsilon, 100.0)]
    public double Temperature { get; set; } = 1;

    /// <summary>Gets or sets the maximum number of tokens of a solution.</summary>
    /// <value>1 or more. The default value is 512.</value>
    [Range(1, 1 << 20)]
    public int MaxNewTokens { get; set; } = 512;
}
