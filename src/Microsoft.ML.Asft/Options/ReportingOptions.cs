using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Logging;

namespace Microsoft.ML.Asft.Options;

/// <summary>The receivers of what fitting reports.</summary>
public sealed class ReportingOptions
{
    /// <summary>
    /// Gets or sets for how many rows the report in <see cref="AsftOptions.OutputFolder"/> has completions before and after: the first of the
    /// validation rows, or of the training rows where there are none.
    /// </summary>
    /// <value>0 to 100. The default value is 3.</value>
    [OptionScope]
    [Range(0, 100)]
    public int SampleCompletions { get; set; } = 3;

    /// <summary>
    /// Gets or sets the folder for an event file with the scalars of training and validation, which <c>tensorboard --logdir</c> shows. TensorBoard takes a
    /// folder for one run: the event file that an earlier run left there is replaced. The first of several workers alone writes.
    /// </summary>
    /// <value>The default value is <see langword="null"/>: no event file.</value>
    [OptionScope]
    public string? TensorBoardFolder { get; set; }

    /// <summary>Gets or sets the receiver of every optimizer step.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    [OptionScope]
    public IProgress<AsftProgress>? Progress { get; set; }

    /// <summary>Gets or sets the receiver of every measurement on the validation rows.</summary>
    /// <value>The default value is <see langword="null"/>.</value>
    [OptionScope]
    public IProgress<AsftValidation>? ValidationProgress { get; set; }

    /// <summary>
    /// Gets or sets a logger that gets the same messages as <see cref="MLContext"/>'s log: steps at the level Debug, measurements and
    /// the run's course at Information, and what is wrong at Warning.
    /// </summary>
    /// <value>The default value is <see langword="null"/>.</value>
    [OptionScope]
    public ILogger? Logger { get; set; }
}
