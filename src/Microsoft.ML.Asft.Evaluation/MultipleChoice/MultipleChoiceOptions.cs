using System.ComponentModel.DataAnnotations;
using Microsoft.ML.Asft.Evaluation.Runs;

namespace Microsoft.ML.Asft.Evaluation.MultipleChoice;

/// <summary>How multiple-choice questions are put to a model.</summary>
public sealed class MultipleChoiceOptions : EvaluationOptions
{
    /// <summary>Gets or sets how the rows are laid out.</summary>
    /// <value>The default value is <see cref="MultipleChoiceFormat.Auto"/>.</value>
    public MultipleChoiceFormat Format { get; set; } = MultipleChoiceFormat.Auto;

    /// <summary>Gets or sets how the model's choice is found out.</summary>
    /// <value>The default value is <see cref="MultipleChoiceMethod.Letter"/>, the official evaluation's.</value>
    public MultipleChoiceMethod Method { get; set; } = MultipleChoiceMethod.Letter;

    /// <summary>
    /// Gets or sets whether the options of each question are put in an order drawn by the seed, so that a model's liking for a letter
    /// neither helps nor harms it: one that always says the same comes to the share of chance.
    /// </summary>
    /// <value>The default value is <see langword="false"/>: the order of the data, as the official evaluation has it.</value>
    public bool ShuffleOptions { get; set; }

    /// <summary>Gets or sets the template around the prompt: a name, or <c>auto</c> for the model's own.</summary>
    /// <value>The default value is <c>plain</c>: the prompt as it is, as the official evaluation has it.</value>
    [Required]
    public string Template { get; set; } = "plain";

    /// <summary>Gets or sets the most tokens that <see cref="MultipleChoiceMethod.Generation"/> lets the model write.</summary>
    /// <value>1 or more. The default value is 32.</value>
    [Range(1, 1 << 20)]
    public int MaxNewTokens { get; set; } = 32;
}
