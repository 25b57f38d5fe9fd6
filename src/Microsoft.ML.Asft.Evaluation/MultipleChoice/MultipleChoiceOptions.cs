using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Evaluation.Runs;

namespace Microsoft.ML.Asft.Evaluation.MultipleChoice;

/// <summary>The options of an evaluation on multiple-choice questions.</summary>
public sealed class MultipleChoiceOptions : EvaluationOptions
{
    /// <summary>Gets or sets the format of the rows.</summary>
    /// <value>The default value is <see cref="MultipleChoiceFormat.Auto"/>.</value>
    public MultipleChoiceFormat Format { get; set; } = MultipleChoiceFormat.Auto;

    /// <summary>Gets or sets the method that determines the model's choice.</summary>
    /// <value>The default value is <see cref="MultipleChoiceMethod.Letter"/>, the official evaluation's.</value>
    public MultipleChoiceMethod Method { get; set; } = MultipleChoiceMethod.Letter;

    /// <summary>
    /// Gets or sets whether the options of each question are put in an order drawn by the seed, so that a model's preference for a letter
    /// neither helps nor harms it: a constant answer then gets the accuracy of chance.
    /// </summary>
    /// <value>The default value is <see langword="false"/>: the order of the data, as in the official evaluation.</value>
    public bool ShuffleOptions { get; set; }

    /// <summary>Gets or sets the template around the prompt: a name, <c>auto</c> for the model's own, or <c>auto:NAME</c> for a named one of its folder.</summary>
    /// <value>The default value is <c>plain</c>: only the prompt, as in the official evaluation.</value>
    [Required]
    public string Template { get; set; } = "plain";

    /// <summary>Gets or sets the maximum number of tokens of an answer with <see cref="MultipleChoiceMethod.Generation"/>.</summary>
    /// <value>1 or more. The default value is 32.</value>
    [Range(1, 1 << 20)]
    public int MaxNewTokens { get; set; } = 32;
}
