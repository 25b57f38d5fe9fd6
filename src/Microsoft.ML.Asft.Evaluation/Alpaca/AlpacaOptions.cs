using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Evaluation.Runs;

namespace Microsoft.ML.Asft.Evaluation.Alpaca;

/// <summary>The options of a model's answers to AlpacaEval's instructions.</summary>
public sealed class AlpacaOptions : EvaluationOptions
{
    /// <summary>Gets or sets the model's name in the file.</summary>
    /// <value>The default value is <c>asft</c>.</value>
    [Required]
    public string Generator { get; set; } = "asft";

    /// <summary>Gets or sets the template around the instruction: a name, <c>auto</c> for the model's own, or <c>auto:NAME</c> for a named one of its folder.</summary>
    /// <value>The default value is <c>auto</c>.</value>
    [Required]
    public string Template { get; set; } = "auto";

    /// <summary>Gets or sets the temperature; 0 is greedy.</summary>
    /// <value>0 or more. The default value is 0, as in the official evaluation.</value>
    [Range(0.0, 100.0)]
    public double Temperature { get; set; }

    /// <summary>Gets or sets the maximum number of tokens of an answer.</summary>
    /// <value>1 or more. The default value is 2048.</value>
    [Range(1, 1 << 20)]
    public int MaxNewTokens { get; set; } = 2048;
}
