using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;

namespace Microsoft.ML.Asft.Options;

/// <summary>How fitting reports its progress and results.</summary>
public sealed class ReportingOptions
{
    /// <summary>
    /// Gets or sets the number of rows for which the report in <see cref="AsftOptions.OutputFolder"/> shows completions before and after fine-tuning:
    /// the first validation rows, or the first training rows if there is no validation.
    /// </summary>
    /// <value>0 to 100. The default value is 3.</value>
    [OptionScope]
    [Range(0, 100)]
    public int SampleCompletions { get; set; } = 3;

    /// <summary>
    /// Gets or sets the folder for an event file with the scalars of training and validation, which <c>tensorboard --logdir</c> shows. TensorBoard treats a
    /// folder as one run, so the event file of an earlier run there is replaced. With several workers only the first one writes.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: no event file.</value>
    [OptionScope]
    public string? TensorBoardFolder { get; set; }

    /// <summary>Gets or sets the receiver of the results of each optimizer step.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    [OptionScope]
    public IProgress<AsftProgress>? Progress { get; set; }

    /// <summary>Gets or sets the receiver of the results of each validation.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    [OptionScope]
    public IProgress<AsftValidation>? ValidationProgress { get; set; }

    /// <summary>
    /// Gets or sets a logger that gets the same messages as <see cref="MLContext"/>'s log: steps at the level Debug, validations and
    /// the start and end of the run at Information, and problems at Warning.
    /// </summary>
    /// <value>The default value is <see langword="null"/>.</value>
    [OptionScope]
    public ILogger? Logger { get; set; }
}
