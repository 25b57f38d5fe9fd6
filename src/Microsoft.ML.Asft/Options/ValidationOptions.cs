using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Options;

/// <summary>
/// How fitting measures itself on rows that it does not train on, before the first step and during training. Without
/// <see cref="Data"/> and <see cref="Fraction"/> it does not.
/// </summary>
public sealed class ValidationOptions
{
    /// <summary>Gets or sets rows to measure on, with the columns of the training data.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    [OptionScope]
    public IDataView? Data { get; set; }

    /// <summary>Gets or sets the share of the training rows that is put aside to measure on, picked by the seed.</summary>
    /// <value>0 to 0.9; 0, the default value, puts none aside. Not together with <see cref="Data"/>.</value>
    [OptionScope]
    [Range(0.0, 0.9)]
    public double Fraction { get; set; }

    /// <summary>Gets or sets after how many optimizer steps is measured.</summary>
    /// <value>1 or more, or <see langword="null"/> for the end of each epoch. The default value is <see langword="null"/>.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    [Range(1, int.MaxValue)]
    public int? EverySteps { get; set; }

    /// <summary>Gets or sets by what one measurement is better than another.</summary>
    /// <value>The default value is <see cref="ValidationMetric.CrossEntropy"/>.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    public ValidationMetric Metric { get; set; } = ValidationMetric.CrossEntropy;

    /// <summary>Gets or sets after how many measurements in a row that are not better than the best fitting stops early.</summary>
    /// <value>1 or more, or <see langword="null"/> for never. The default value is <see langword="null"/>.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    [Range(1, int.MaxValue)]
    public int? Patience { get; set; }

    /// <summary>Gets or sets by how much a measurement must be better than the best so far to count as better.</summary>
    /// <value>0 or more. The default value is 0.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    [Range(0.0, 1e6)]
    public double MinImprovement { get; set; }

    /// <summary>
    /// Gets or sets whether fitting returns the model of the checkpoint with the best measurement rather than of the last step. It needs
    /// <see cref="AsftOptions.OutputFolder"/>, where that checkpoint is kept.
    /// </summary>
    /// <value>The default value is <see langword="false"/>.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    public bool RestoreBest { get; set; }
}
