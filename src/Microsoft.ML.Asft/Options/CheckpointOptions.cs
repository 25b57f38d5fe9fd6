using System.ComponentModel.DataAnnotations;

namespace Microsoft.ML.Asft.Options;

/// <summary>
/// What fitting writes to <see cref="AsftOptions.OutputFolder"/>, so that it can resume from there: weights, optimizer
/// moments and the position in the data. Without an output folder nothing is kept.
/// </summary>
public sealed class CheckpointOptions
{
    /// <summary>Gets or sets after how many optimizer steps a checkpoint is written.</summary>
    /// <value>1 or more, or <see langword="null"/> for the end of each epoch. The default value is <see langword="null"/>.</value>
    /// <remarks>The end of training and an interruption write one in any case.</remarks>
    [OptionScope(Workers = Comparison.MustMatch)]
    [Range(1, int.MaxValue)]
    public int? EverySteps { get; set; }

    /// <summary>Gets or sets how many of the latest checkpoints are kept; the one with the best measurement is kept besides.</summary>
    /// <value>1 or more. The default value is 3.</value>
    [OptionScope]
    [Range(1, 1_000_000)]
    public int KeepLast { get; set; } = 3;

    /// <summary>
    /// Gets or sets whether fitting resumes from the last checkpoint. With the options, data and machine of the run that
    /// wrote it, the result is that of a run without a break, to the bit on the CPU. Where there is none it starts at the beginning.
    /// </summary>
    /// <value>The default value is <see langword="false"/>: a run that was stopped half-way is then not overwritten but refused.</value>
    [OptionScope(Workers = Comparison.MustMatch)]
    public bool Resume { get; set; }
}
