using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Options;

/// <summary>
/// How fitting evaluates the model on rows that it does not train on, before the first step and during training. Without
/// <see cref="Data"/> and <see cref="Fraction"/> there is no validation.
/// </summary>
public sealed class ValidationOptions
{
    /// <summary>Gets or sets the validation rows, with the columns of the training data.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    [OptionScope]
    public IDataView? Data { get; set; }

    /// <summary>Gets or sets the share of the training rows that is used for validation instead. The seed picks the rows.</summary>
    /// <value>0 to 0.9. The default value is 0: none. It cannot be combined with <see cref="Data"/>.</value>
    [OptionScope]
    [Range(0.0, 0.9)]
    public double Fraction { get; set; }

    /// <summary>Gets or sets the number of optimizer steps between two validations.</summary>
    /// <value>1 or more, or <see langword="null"/> for the end of each epoch. The default value is <see langword="null"/>.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    [Range(1, int.MaxValue)]
    public int? EverySteps { get; set; }

    /// <summary>Gets or sets the metric that decides which validation result is better.</summary>
    /// <value>The default value is <see cref="ValidationMetric.CrossEntropy"/>.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    public ValidationMetric Metric { get; set; } = ValidationMetric.CrossEntropy;

    /// <summary>Gets or sets the number of validations in a row without an improvement after which fitting stops early.</summary>
    /// <value>1 or more, or <see langword="null"/> for never. The default value is <see langword="null"/>.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    [Range(1, int.MaxValue)]
    public int? Patience { get; set; }

    /// <summary>Gets or sets by how much a result must be better than the best so far to count as an improvement.</summary>
    /// <value>0 or more. The default value is 0.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    [Range(0.0, 1e6)]
    public double MinImprovement { get; set; }

    /// <summary>
    /// Gets or sets whether fitting returns the model of the checkpoint with the best validation result instead of the model of the last step. It needs
    /// <see cref="AsftOptions.OutputFolder"/>, where that checkpoint is stored.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    public bool RestoreBest { get; set; }
}
